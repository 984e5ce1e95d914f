"use strict";
/* The curves of a month, and an interval chosen by dragging across them. */

const chart = document.getElementById("chart");

const styles = getComputedStyle(document.documentElement);
const colour = (name) => styles.getPropertyValue(name).trim();

function traces(data, one) {
  const excluded = one.sent.map((value, at) => (one.counting[at] === null ? value : null));
  const remarked = Object.keys(one.remarks).map(Number);
  return [
    ...one.neighbours.map((each) => ({
      x: data.times, y: each.values, name: `${data.words.neighbour} ${each.name}`, mode: "lines",
      line: { color: colour("--soft"), width: 1 }, opacity: 0.35,
    })),
    { x: data.times, y: one.counting, name: data.words.counting, mode: "lines+markers",
      line: { color: colour("--accent"), width: 2 }, marker: { size: 4 }, connectgaps: false },
    { x: data.times, y: excluded, name: data.words.excluded, mode: "markers",
      marker: { color: colour("--bad"), symbol: "x", size: 7 } },
    { x: remarked.map((at) => data.times[at]), y: remarked.map((at) => one.sent[at] ?? one.counting[at]),
      name: data.words.remarked, text: remarked.map((at) => one.remarks[at]), mode: "markers",
      marker: { color: colour("--warn"), symbol: "circle-open", size: 10, line: { width: 2 } } },
  ];
}

function layout(data, one) {
  const axis = { gridcolor: colour("--line"), zerolinecolor: colour("--line") };
  return {
    paper_bgcolor: colour("--card"), plot_bgcolor: colour("--card"), font: { color: colour("--text") },
    margin: { l: 56, r: 16, t: 12, b: 40 }, height: 420, dragmode: "select", selectdirection: "h",
    legend: { orientation: "h" }, hovermode: "x unified", xaxis: { ...axis, tickformat: "%m-%d" },
    yaxis: { ...axis, title: { text: one.name } },
    shapes: one.limits.map((value) => ({
      type: "line", xref: "paper", x0: 0, x1: 1, y0: value, y1: value,
      line: { color: colour("--bad"), width: 1, dash: "dot" },
    })).filter((shape) => shape.y0 <= 1.2 * Math.max(...one.sent.filter((value) => value !== null), 0)),
  };
}

function choose(times, range) {
  const inside = times.filter((time) => time >= range[0].slice(0, 16).replace(" ", "T") &&
    time <= range[1].slice(0, 16).replace(" ", "T"));
  if (!inside.length) return;
  const step = new Date(times[1] + "Z") - new Date(times[0] + "Z");
  const end = new Date(new Date(inside[inside.length - 1] + "Z").getTime() + step);
  document.getElementById("mark-from").value = inside[0];
  document.getElementById("mark-to").value = end.toISOString().slice(0, 16);
}

async function draw() {
  const answer = await fetch(chart.dataset.curves, { credentials: "same-origin" }).catch(() => null);
  if (!answer || !answer.ok) {
    chart.textContent = chart.dataset.away;
    return;
  }
  const data = await answer.json();
  const one = data.parameters[chart.dataset.parameter];
  if (!one) return;
  const options = { responsive: true, displaylogo: false, scrollZoom: true,
    modeBarButtons: [["select2d", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]] };
  await Plotly.newPlot(chart, traces(data, one), layout(data, one), options);
  chart.on("plotly_selected", (event) => {
    if (event && event.range && document.getElementById("mark-from")) choose(data.times, event.range.x);
  });
}

if (chart && window.Plotly) draw();
else if (chart) window.addEventListener("load", draw);
