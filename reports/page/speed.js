"use strict";
const speedData = document.getElementById("speed-data");
const speeds = speedData ? JSON.parse(speedData.textContent) : [];
const ours = "lossproof";
const peers = [...new Set(speeds.map((row) => row.peer))];
const lineColours = dark
  ? ["#8ab4f8", "#f0b45b", "#5fd09b", "#ff8a80", "#b8a4f5", "#62d0dc", "#e79ac8"]
  : ["#2962c4", "#c77700", "#17734a", "#b3261e", "#6a4fb3", "#00798a", "#a3367a"];
const memoryColours = { read: Chart.defaults.color, copy: dark ? "#6f7983" : "#a3acb5" };
const peerColour = (peer) =>
  memoryColours[peer] ?? lineColours[peers.filter((p) => !(p in memoryColours)).indexOf(peer) % lineColours.length];
const gelems = (x) => Number(x.toPrecision(3));
const inThreads = (n) => `${n} thread${n > 1 ? "s" : ""}`;

function groupsOf(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

// Row lengths are powers of two, so that equal steps of the axis are equal ratios.
function againstRowLength(grid, work, of) {
  const lengths = [...new Set(of.map((row) => row.shape[1]))].sort((a, b) => a - b);
  const datasets = peers.filter((peer) => of.some((row) => row.peer === peer)).map((peer) => ({
    label: peer,
    data: lengths.map((length) => of.find((row) => row.peer === peer && row.shape[1] === length)?.gelem_s ?? null),
    borderColor: peerColour(peer),
    backgroundColor: peerColour(peer),
    borderWidth: peer === ours ? 3 : 1.5,
    borderDash: peer === "read" ? [6, 4] : peer === "copy" ? [2, 3] : [],
    pointRadius: peer === ours ? 3 : 2,
  }));
  panel(grid, work, `Gelem/s against elements in a row, ${of[0].dtype}`, 380, {
    type: "line",
    data: { labels: lengths.map((n) => (n < 1024 ? n : n / 1024 + "Ki")), datasets },
    options: {
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { position: "bottom", labels: { usePointStyle: true, pointStyle: "line", boxWidth: 24 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${gelems(item.parsed.y)} Gelem/s` } },
      },
      scales: {
        x: { grid: { display: false }, ticks: { maxRotation: 60, autoSkipPadding: 8 } },
        y: { type: "logarithmic", ticks: { callback: (v) => (/^[125]/.test(String(v).replace(/^0\.0*/, "")) ? v : ""), autoSkipPadding: 12 } },
      },
    },
  });
}

const best = (rows, threads) =>
  rows.filter((row) => row.peer === ours && row.threads === threads).reduce((a, b) => (a && a.gelem_s > b.gelem_s ? a : b), null);

function ratios(grid, of) {
  const threads = [...new Set(of.map((row) => row.threads))].filter((n) => best(of, n));
  const others = peers.filter((peer) => peer !== ours && of.some((row) => row.peer === peer && threads.includes(row.threads)));
  const datasets = threads.map((n, d) => {
    const data = others.map((peer) => {
      const row = of.find((r) => r.peer === peer && r.threads === n);
      return row ? best(of, n).gelem_s / row.gelem_s : null;
    });
    const texts = data.map((ratio) => (ratio === null ? "" : `${Number(ratio.toPrecision(3))}×`));
    return { label: inThreads(n), data, texts, base: 1, backgroundColor: palette[d % palette.length], borderRadius: 2, skipNull: true };
  });
  const all = datasets.flatMap(({ data }) => data).filter((ratio) => ratio !== null);
  const { work, shape, dtype } = of[0];
  const own = threads.map((n) => `${gelems(best(of, n).gelem_s)} Gelem/s with ${inThreads(n)}`).join(", ");
  panel(grid, `${work} [${shape.join(", ")}]`, `${dtype}, ${best(of, threads[0]).target}: ${own}`, 90 + 20 * all.length, {
    type: "bar",
    data: { labels: others, datasets },
    options: {
      indexAxis: "y",
      plugins: {
        legend: { display: threads.length > 1, position: "bottom", labels: { boxWidth: 12 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.dataset.texts[item.dataIndex]}` } },
      },
      scales: {
        x: {
          type: "logarithmic",
          min: 0.08 * Math.min(1, ...all),
          max: 10 * Math.max(1, ...all),
          ticks: { maxRotation: 0, callback: (v) => (Number.isInteger(Math.log10(v)) ? `${v}×` : ""), autoSkipPadding: 16 },
        },
        y: { grid: { display: false }, ticks: { autoSkip: false } },
      },
    },
    plugins: [barTexts, lineAt(1)],
  });
}

const sweeps = speeds.filter((row) => row.sweep);
const singles = speeds.filter((row) => !row.sweep);
if (sweeps.length > 0) {
  const grid = group("Speed against row length", "speed");
  for (const [work, of] of groupsOf(sweeps, (row) => row.work)) againstRowLength(grid, work, of);
}
if (singles.length > 0) {
  const grid = group("Times as fast as each peer", "speed");
  for (const of of groupsOf(singles, (row) => [row.work, row.shape, row.dtype].join()).values()) ratios(grid, of);
}
