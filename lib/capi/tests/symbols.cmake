# cmake -DNM=... -DREADELF=... -DLIBRARY=... -DHEADER=... -DSONAME=... -P symbols.cmake
# The library exports the functions that the header declares, and nothing else.
execute_process(COMMAND ${NM} --dynamic --defined-only --format=posix ${LIBRARY} OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" lines "${listing}")
set(exported "")
foreach(line ${lines})
  string(REGEX REPLACE "@.*| .*" "" name "${line}")
  list(APPEND exported ${name})
endforeach()
list(REMOVE_ITEM exported LOSSPROOF_0)  # the version that they all have

file(READ ${HEADER} text)
string(REGEX REPLACE "//[^\n]*" "" text "${text}")
string(REGEX MATCHALL "lossproof_[a-z_]+\\(" declared "${text}")
list(TRANSFORM declared REPLACE "\\(" "")

list(SORT exported)
list(SORT declared)
if(NOT declared OR NOT exported STREQUAL declared)
  message(FATAL_ERROR "${LIBRARY} exports ${exported}; expected ${declared}, as ${HEADER} declares")
endif()

execute_process(COMMAND ${READELF} --dynamic ${LIBRARY} OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
if(NOT dynamic MATCHES "soname: \\[${SONAME}\\]")
  message(FATAL_ERROR "${LIBRARY} has another soname than ${SONAME}:\n${dynamic}")
endif()
