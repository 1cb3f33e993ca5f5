// The page asks the JSON API and draws what it answers. No library, no network but this server.
"use strict";
const $ = id => document.getElementById(id);
const minus = text => text.replace("-", "−");
const percent = (x, digits = 2) => minus((100 * x).toFixed(digits)) + "\u00a0%";
const signed = (x, digits = 1) => (x > 0 ? "+" : "") + percent(x, digits);
const span = (ends, digits = 2) => ends ? `${percent(ends[0], digits)} to ${percent(ends[1], digits)}` : "none";
const small = p => p < 0.0001 ? p.toExponential(1) : p.toPrecision(3);
// "4,532" and "4 532" are numbers too; what is none goes to the server as it is, which says so
const number = text => { const t = text.replace(/[,\s]/g, ""); return t === "" || isNaN(t) ? text : Number(t); };
const part = text => { const x = number(text.replace("%", "")); return typeof x === "number" ? x / 100 : x; };
// The server speaks of shares; a field in % hears of %
const inPercent = says => says.replace(/-?\d+(,\d{3})*(\.\d+)?(e-?\d+)?/g,
  x => minus((100 * x.replaceAll(",", "")).toLocaleString("en")) + " %");

async function ask(name, body, type = "application/json") {
  try {
    const r = await fetch("/api/" + name, { method: "POST", headers: { "Content-Type": type }, body });
    const answer = await r.json();
    if (r.status === 413) answer.error = "this file is too large: add up its rows, and give one row for each group";
    return r.ok ? { ok: true, ...answer } : { ok: false, ...answer };
  } catch { return { ok: false, error: "the server does not answer", fields: {} }; }
}

function complain(form, place, answer) {
  for (const field of form.querySelectorAll("input")) {
    const wrong = !answer.ok && field.name in answer.fields;
    wrong ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
  }
  if (answer.ok) return false;
  const lines = Object.entries(answer.fields).map(([name, says]) => {
    const field = form.querySelector(`[name="${name}"]`);
    const group = { control: "A, ", treatment: "B, " }[name.split(".")[0]] || "";
    const label = field ? form.querySelector(`[for="${field.id}"]`).textContent : name;
    return `${group}${label}: ${label.endsWith("(%)") ? inPercent(says) : says}`;
  });
  place.textContent = lines.length ? lines.join("\n") : answer.error;
  place.classList.add("bad");
  return true;
}

// ---- drawing: small helpers, then one function for each picture

const tag = (name, attributes, text = "") => {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.textContent = text;
  return e;
};
const scale = (low, high, from, to) => x => from + (x - low) / (high - low) * (to - from);
const line = points => "M" + points.map(p => p.map(c => c.toFixed(1)).join(" ")).join("L");
const bell = z => Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
const steps = (low, high, n) => Array.from({ length: n + 1 }, (_, i) => low + (high - low) * i / n);

// An empty picture as wide as there is room, so that its text keeps its size on a phone: the width
function clear(svg, title, high) {
  svg.replaceChildren(tag("title", {}, title));
  svg.removeAttribute("hidden");
  const wide = Math.max(240, Math.min(640, svg.parentNode.clientWidth));
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  return wide;
}

function axis(svg, x, low, high, y, top, unit = "") {
  const raw = (high - low) / ((x(high) - x(low)) / 65), size = 10 ** Math.floor(Math.log10(raw));
  const step = size * [1, 2, 5, 10].find(m => m * size >= raw);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step / 1e6; v += step) {
    svg.append(tag("path", { d: `M${x(v)} ${top}V${y}`, stroke: "var(--line)" }));
    svg.append(tag("text", { x: x(v), y: y + 18, "text-anchor": "middle", class: "soft" }, minus((Math.abs(v) < step / 2 ? 0 : v).toFixed(digits)) + unit));
  }
}

function drawRates(a) {
  const svg = $("rates"), groups = [a.control, a.treatment];
  const ends = groups.flatMap(g => g.interval.map(v => 100 * v)), room = 0.06 * (Math.max(...ends) - Math.min(...ends) + 1e-9);
  const low = Math.max(0, Math.min(...ends) - room), high = Math.max(...ends) + room;
  const wide = clear(svg, `A ${span(a.control.interval)}, B ${span(a.treatment.interval)}`, 140), names = wide > 480;
  const x = scale(low, high, names ? 110 : 30, wide - 20);
  axis(svg, x, low, high, 112, 10, " %");
  groups.forEach((g, i) => {
    const y = 38 + 46 * i, [l, h] = g.interval.map(v => x(100 * v)), m = x(100 * g.rate), ink = i ? "var(--b)" : "var(--a)";
    svg.append(tag("text", { x: 0, y: y + 5 }, ["A", "B"][i] + (names ? [", control", ", treatment"][i] : "")));
    svg.append(tag("path", { d: `M${l} ${y}H${h}M${l} ${y - 8}v16M${h} ${y - 8}v16`, stroke: ink, "stroke-width": 3 }));
    svg.append(i ? tag("rect", { x: m - 7, y: y - 7, width: 14, height: 14, fill: ink }) : tag("circle", { cx: m, cy: y, r: 7, fill: ink }));
  });
}

function drawBells(a) {
  const svg = $("bells"), groups = [a.control, a.treatment].map(g => ({ m: 100 * g.rate, s: 100 * g.standard_error }));
  if ($("c-bells").hidden = groups.some(g => g.s === 0)) return; // no scatter was seen: there is no bell
  const low = Math.min(...groups.map(g => g.m - 4 * g.s)), high = Math.max(...groups.map(g => g.m + 4 * g.s));
  const wide = clear(svg, "The sampling distributions of the rates of A and B", 210);
  const x = scale(low, high, 20, wide - 20), y = scale(0, Math.max(...groups.map(g => 0.42 / g.s)), 185, 15);
  axis(svg, x, low, high, 185, 15, " %");
  groups.forEach((g, i) => {
    const ink = i ? "var(--b)" : "var(--a)", d = line(steps(-4, 4, 100).map(z => [x(g.m + z * g.s), y(bell(z) / g.s)]));
    svg.append(tag("path", { d: d + "Z", fill: ink, opacity: 0.2 }), tag("path", { d, fill: "none", stroke: ink, "stroke-width": 2.5, "stroke-dasharray": i ? "7 3" : "none" }));
    svg.append(tag("text", { x: x(g.m), y: y(bell(0) / g.s) - 6, "text-anchor": "middle", class: i ? "b strong" : "a strong" }, "AB"[i]));
  });
}

function drawLuck(a) {
  const svg = $("luck"), far = Math.max(4, Math.abs(a.z) + 0.6), said = `z = ${minus(a.z.toFixed(2))}`;
  const wide = clear(svg, `The bell curve of z if nothing differs, and ${said}`, 210);
  const x = scale(-far, far, 20, wide - 20), y = scale(0, 0.44, 185, 15);
  axis(svg, x, -far, far, 185, 15);
  const area = (from, to) => line([[x(from), 185], ...steps(from, to, 80).map(z => [x(z), y(bell(z))]), [x(to), 185]]) + "Z";
  svg.append(tag("path", { d: area(-far, far), fill: "var(--a)", opacity: 0.15 }));
  const z = Math.abs(a.z);
  for (const [from, to] of [[-far, -z], [z, far]]) svg.append(tag("path", { d: area(from, to), fill: "var(--b)" }));
  svg.append(tag("path", { d: line(steps(-far, far, 160).map(v => [x(v), y(bell(v))])), fill: "none", stroke: "var(--a)", "stroke-width": 2.5 }));
  svg.append(tag("path", { d: `M${x(a.z)} 15V185`, stroke: "var(--b)", "stroke-width": 2, "stroke-dasharray": "5 4" }));
  svg.append(tag("text", { x: x(a.z) + (a.z < 0 ? -7 : 7), y: 32, "text-anchor": a.z < 0 ? "end" : "start", class: "b strong halo" }, said));
}

function drawPaths(a) {
  const svg = $("paths"), n = a.boundary.length, wide = clear(svg, "The z of 40 tests, look by look", 275);
  const right = wide - 20, x = scale(1, Math.max(n, 2), 40, right), y = scale(-5, 5, 230, 10);
  axis(svg, x, 1, Math.max(n, 2), 230, 10);
  for (const v of [-4, -2, 0, 2, 4]) svg.append(tag("text", { x: 30, y: y(v) + 4, "text-anchor": "end", class: "soft" }, minus(String(v))));
  const at = way => line(way.map((z, i) => [x(i + 1), y(Math.max(-5, Math.min(5, z)))]));
  const wolves = a.paths.filter(way => way.some(z => Math.abs(z) >= 1.96));
  for (const way of a.paths) {
    const wolf = wolves.includes(way);
    svg.append(tag("path", { d: at(way), fill: "none", stroke: wolf ? "var(--b)" : "var(--field)", "stroke-width": wolf ? 1.8 : 1, opacity: wolf ? 1 : 0.45 }));
  }
  for (const side of [1, -1]) {
    svg.append(tag("path", { d: `M${x(1)} ${y(side * 1.96)}H${right}`, stroke: "var(--b)", "stroke-dasharray": "6 4", "stroke-width": 2 }));
    svg.append(tag("path", { d: at(a.boundary.map(v => side * v)), fill: "none", stroke: "var(--good)", "stroke-dasharray": "6 4", "stroke-width": 2 }));
  }
  svg.append(tag("text", { x: right, y: y(1.96) - 6, "text-anchor": "end", class: "b strong halo" }, "±1.96"));
  svg.append(tag("text", { x: right, y: y(a.boundary[n - 1]) - 6, "text-anchor": "end", class: "good strong halo" }, "sequential"));
  svg.append(tag("text", { x: wide / 2, y: 268, "text-anchor": "middle", class: "soft" }, "look; z at each look of 40 of the tests"));
}

// ---- 1. the test

function show(a) {
  $("verdict").textContent = a.verdict;
  $("reason").textContent = a.reason;
  $("advice").textContent = a.advice;
  $("card").className = "card verdict " + (a.significant === null ? "no" : a.significant ? "" : "luck");
  for (const [key, g] of [["a", a.control], ["b", a.treatment]]) {
    $("rate-" + key).textContent = percent(g.rate);
    $("of-" + key).textContent = `${g.conversions.toLocaleString("en")} of ${g.visitors.toLocaleString("en")}`;
  }
  const level = `${+(100 * a.level).toFixed(4)} %`;
  $("lift").textContent = a.lift === null ? "none" : signed(a.lift);
  $("lift-of").textContent = `${level} interval (log method): ${span(a.lift_interval)}`;
  $("t-rates").textContent = `Rates and their ${level} intervals (Wilson)`;
  $("luck-of").textContent = `Luck alone gives a z as far from 0 in ${+(100 * a.p_value).toPrecision(3)} of 100 tests: that is the p-value. It is not how likely it is that nothing differs.`;
  const rows = [["z, differences in standard errors", minus(a.z.toFixed(3))], [`p-value, ${a.alternative}`, small(a.p_value)],
    [`Difference, ${level} (unpooled)`, span(a.difference_interval, 3)], [`Lift, ${level} (log method)`, span(a.lift_interval)],
    [`Lift, ${level} (delta method)`, span(a.lift_interval_delta)], [`Rate of A, ${level} (Wilson)`, span(a.control.interval)],
    [`Rate of B, ${level} (Wilson)`, span(a.treatment.interval)], ["p if you have peeked before (sequential test)", small(a.sequential_p)],
    ["Probability that B is better (flat prior)", percent(a.posterior_better)], ["Were visitors dealt as planned? p (chi-square)", small(a.sample_ratio_p)]];
  $("numbers").replaceChildren(...rows.map(cells => { const tr = document.createElement("tr"); cells.forEach(c => tr.insertCell().textContent = c); return tr; }));
  drawAll(shown = a);
}

let shown = null, peeked = null; // the answers on the page, to be drawn anew when its width changes
function drawAll(a) { drawRates(a); drawBells(a); drawLuck(a); }
addEventListener("resize", () => {
  if (shown && !$("answer").hidden) drawAll(shown);
  if (peeked && !$("paths").hasAttribute("hidden")) drawPaths(peeked);
});

let asked = 0;
async function test(event) {
  if (event) event.preventDefault();
  const form = $("test"), body = { alpha: Number($("alpha").value), ratio: part($("ratio").value) }, turn = ++asked;
  for (const field of form.querySelectorAll("fieldset input")) {
    const [group, key] = field.name.split(".");
    body[group] = { ...body[group], [key]: number(field.value) };
  }
  const answer = await ask("test", JSON.stringify(body));
  if (turn !== asked) return; // a later question is under way
  $("wrong").textContent = "";
  $("answer").hidden = complain(form, $("wrong"), answer);
  if (answer.ok) show(answer);
}

function fill(numbers) { ["va", "ca", "vb", "cb"].forEach((id, i) => $(id).value = numbers[i].toLocaleString("en")); test(); }
$("example").addEventListener("change", () => { const v = $("example").value; if (v) fill(v.split(" ").map(Number)); else $("va").select(); });
$("test").addEventListener("submit", test);
$("test").addEventListener("change", event => { if (event.target.matches("fieldset input, #alpha, #ratio")) { if (event.target.matches("fieldset input")) $("own").selected = true; test(); } });
// A browser does not tell of a file that is chosen once more, and it may have been mended meanwhile
$("file").addEventListener("click", () => { $("file").value = ""; });
$("file").addEventListener("change", async () => {
  const file = $("file").files[0];
  if (!file) return;
  const found = await ask("counts", file, "text/csv");
  if (complain($("test"), $("wrong"), found)) { $("answer").hidden = true; return; }
  $("own").selected = true;
  fill([found.control.visitors, found.control.conversions, found.treatment.visitors, found.treatment.conversions]);
});

// ---- 2. the planner, 3. the peeking machine

$("plan").addEventListener("submit", async event => {
  event.preventDefault();
  const place = $("planned"), lift = part($("up").value);
  const a = await ask("plan", JSON.stringify({ rate: part($("rate").value), lift, power: part($("power").value), daily: number($("daily").value) }));
  place.classList.remove("bad");
  if (complain($("plan"), place, a)) return;
  place.textContent = `${a.per_arm.toLocaleString("en")} visitors in each group, ${a.days.toLocaleString("en")} days for both: then a lift of ${signed(lift)} is found in ${$("power").value} of 100 tests. Half of it would take ${a.half_lift.toLocaleString("en")}. Look when the number is reached, not before.`;
});

let seed = 0;
$("peek").addEventListener("submit", async event => {
  event.preventDefault();
  const place = $("peeked");
  place.classList.remove("bad");
  place.textContent = "Running …";
  const a = await ask("peek", JSON.stringify({ rate: part($("p").value), visitors: number($("each").value), looks: number($("looks").value), seed: seed++ }));
  if (complain($("peek"), place, a)) { $("paths").setAttribute("hidden", ""); return; }
  const share = rule => percent(a.alarms[rule], 1);
  place.textContent = `False alarms: ${share("peeking")} if you stop at the first |z| above 1.96 (orange), ${share("fixed horizon")} if you look at the end only, ${share("sequential")} with the sequential test (green).`;
  drawPaths(peeked = a);
});

fill([4532, 203, 4621, 248]);
