"use strict";
const tallies = JSON.parse(document.getElementById("data").textContent);
const number = (x) => (x === "inf" ? Infinity : x === "nan" ? NaN : x);
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const palette = dark ? ["#8ab4f8", "#f0b45b", "#5fd09b", "#b8a4f5", "#ff8a80"] : ["#2962c4", "#c77700", "#17734a", "#6a4fb3", "#b3261e"];
const subjects = [...new Set(tallies.map((t) => t.subject))];
const colour = (subject) => palette[subjects.indexOf(subject) % palette.length];
const styles = getComputedStyle(document.documentElement);
Chart.defaults.color = styles.getPropertyValue("--soft");
Chart.defaults.borderColor = styles.getPropertyValue("--line");
Chart.defaults.font.family = "system-ui, sans-serif";
Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;

function group(title, parent = "charts") {
  const heading = document.createElement("h3");
  heading.textContent = title;
  const grid = document.createElement("div");
  grid.className = "charts";
  document.getElementById(parent).append(heading, grid);
  return grid;
}

function panel(grid, title, caption, height, config) {
  const box = document.createElement("div");
  box.className = "chart";
  box.innerHTML = "<h4></h4><p></p><div><canvas></canvas></div>";
  box.children[0].textContent = title;
  box.children[1].textContent = caption;
  box.children[2].style.height = height + "px";
  grid.append(box);
  new Chart(box.querySelector("canvas"), config);
}

// Writes each bar's own text at its end, inside where only there is room.
const barTexts = {
  id: "barTexts",
  afterDatasetsDraw(chart) {
    const { ctx, chartArea } = chart;
    ctx.save();
    ctx.font = "12px system-ui, sans-serif";
    ctx.textBaseline = "middle";
    chart.data.datasets.forEach(({ data, texts }, d) => chart.getDatasetMeta(d).data.forEach((bar, i) => {
      if (data[i] === null) return;
      const toLeft = bar.x < bar.base;
      const room = toLeft ? bar.x - chartArea.left : chartArea.right - bar.x;
      const width = ctx.measureText(texts[i]).width + 8;
      const inside = width > room && room < Math.abs(bar.x - bar.base);
      ctx.textAlign = inside === toLeft ? "left" : "right";
      ctx.fillStyle = inside ? (dark ? "#15181b" : "#ffffff") : Chart.defaults.color;
      ctx.fillText(texts[i], bar.x + (ctx.textAlign === "right" ? -6 : 6), bar.y);
    }));
    ctx.restore();
  },
};

const lineAt = (value) => ({
  id: "lineAt",
  beforeDatasetsDraw({ ctx, chartArea, scales }) {
    const x = scales.x.getPixelForValue(value);
    ctx.save();
    ctx.strokeStyle = Chart.defaults.color;
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(x, chartArea.top);
    ctx.lineTo(x, chartArea.bottom);
    ctx.stroke();
    ctx.restore();
  },
});

const shortNumber = (x) =>
  x === Infinity ? "infinite" : x === 0 ? "0" : x < 1e4 ? x.toFixed(x < 10 ? 2 : 0) : x.toExponential(1);

const percent = (share) => `${Number((100 * share).toPrecision(2))} %`;

function maxError(grid, of) {
  const max = of.map((t) => number(t.max_ulp));
  const top = 10 * Math.max(10, ...max.filter(Number.isFinite));
  panel(grid, "largest error", "in ulp, and the share of results that are misrounded", 60 + 26 * of.length, {
    type: "bar",
    data: {
      labels: of.map((t) => `${t.subject} ${t.dtype} ${t.output}`),
      datasets: [{
        data: max.map((m) => (Number.isFinite(m) ? Math.max(m, 0.05) : top)),
        texts: of.map((t, i) => `${shortNumber(max[i])}${t.misrounded ? `, ${percent(t.misrounded / t.elements)}` : ""}`),
        backgroundColor: of.map((t) => colour(t.subject)),
        borderRadius: 3,
      }],
    },
    options: {
      indexAxis: "y",
      plugins: { legend: { display: false }, tooltip: { callbacks: { label: (item) => item.dataset.texts[item.dataIndex] } } },
      scales: {
        x: { type: "logarithmic", min: 0.05, max: top, ticks: { maxRotation: 0, callback: (v) => (Number.isInteger(Math.log10(v)) ? shortNumber(v) : ""), autoSkipPadding: 16 } },
        y: { grid: { display: false }, ticks: { autoSkip: false } },
      },
    },
    plugins: [barTexts, lineAt(0.5)],
  });
}

// Upper edges are powers of two, so that every bin of the records lies in one of these.
const edges = [0, 0.5, 1, 4, 16, 256, 2 ** 16, 2 ** 24, Number.MAX_VALUE, Infinity];
const edgeNames = ["0", "≤ ½", "≤ 1", "≤ 4", "≤ 16", "≤ 256", "≤ 2¹⁶", "≤ 2²⁴", "more", "infinite"];

function histogram(grid, dtype, of) {
  const datasets = subjects.filter((s) => of.some((t) => t.subject === s)).map((subject) => {
    const cases = edges.map(() => 0);
    for (const t of of.filter((t) => t.subject === subject))
      for (const [edge, n] of t.histogram) cases[edges.findIndex((e) => number(edge) <= e)] += n;
    const total = cases.reduce((a, b) => a + b, 0) || 1;
    return { label: subject, data: cases.map((n) => (100 * n) / total), backgroundColor: colour(subject), borderRadius: 2 };
  });
  panel(grid, dtype, "cases by their worst error in ulp, values and gradients", 268, {
    type: "bar",
    data: { labels: edgeNames, datasets },
    options: {
      plugins: {
        legend: { position: "bottom", labels: { boxWidth: 12 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.parsed.y.toFixed(1)} %` } },
      },
      scales: {
        x: { grid: { display: false }, ticks: { autoSkip: false, maxRotation: 60 } },
        y: { min: 0, max: 100, ticks: { callback: (v) => v + " %" } },
      },
    },
  });
}

for (const loss of new Set(tallies.map((t) => t.loss))) {
  const grid = group(loss);
  const ofLoss = tallies.filter((t) => t.loss === loss);
  maxError(grid, ofLoss);
  for (const dtype of new Set(ofLoss.map((t) => t.dtype))) histogram(grid, dtype, ofLoss.filter((t) => t.dtype === dtype));
}
