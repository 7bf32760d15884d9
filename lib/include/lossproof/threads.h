// How many threads a call may use. Results do not depend on it.
#pragma once

namespace lossproof {

/// The number of threads that a call may use, its caller's included: as many as the machine runs at once, unless set.
int threads();

/// For calls that begin after this one. Error: less than 1.
void set_threads(int count);

}  // namespace lossproof
