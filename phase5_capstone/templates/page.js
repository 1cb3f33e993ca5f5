// The page asks the JSON service and draws what it answers. No library, no network but this server.
"use strict";
const $ = id => document.getElementById(id);
let schema = null, points = [], shown = null, asked = 0, view = null;
const dollars = () => /price|value/.test(schema.target) && !/medv/i.test(schema.target);
const minus = text => text.replace("-", "−");
const money = x => dollars() ? (x < 0 ? "−" : "") + "$" + Math.abs(Math.round(x)).toLocaleString("en")
  : minus(String(+x.toPrecision(4)));
const said = name => { const t = name.replaceAll("_", " "); return t[0].toUpperCase() + t.slice(1); };
// what the columns of the house table are measured in
const UNITS = { longitude: "degrees, west below 0", latitude: "degrees", housing_median_age: "years", median_income: "10,000 $ a year",
  total_rooms: "all of the block", total_bedrooms: "all of the block", population: "people", households: "flats, houses" };
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// viridis, at five places
const RAMP = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const dark = matchMedia("(prefers-color-scheme: dark)");
const ramp = t => { // on a dark ground without the darkest quarter
  const x = 4 * Math.max(0, Math.min(1, t)) * (dark.matches ? .75 : 1) + (dark.matches ? 1 : 0), i = Math.min(3, Math.floor(x));
  return `rgb(${RAMP[i].map((c, j) => Math.round(c + (x - i) * (RAMP[i + 1][j] - c))).join(",")})`;
};

async function ask(name, body) {
  try {
    const r = await fetch("/" + name, body === undefined ? {} :
      { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    return { ok: r.ok, answer: await r.json() };
  } catch { return { ok: false, answer: { error: "the server does not answer", fields: {} } }; }
}

// ---- the form

function fill() {
  for (const [name, field] of Object.entries(schema.fields)) {
    const box = document.createElement("div"), label = document.createElement("label");
    const input = document.createElement(field.kind === "word" ? "select" : "input");
    input.id = "f-" + name; input.name = name; label.htmlFor = input.id;
    const notes = [UNITS[name], field.empty ? "may be empty" : ""].filter(Boolean);
    label.textContent = said(name);
    if (notes.length) label.append(Object.assign(document.createElement("small"), { textContent: notes.join("; ") }));
    if (field.kind === "word") {
      for (const word of field.empty ? ["", ...field.words] : field.words) input.add(new Option(word, word));
    } else { input.inputMode = "decimal"; input.autocomplete = "off"; }
    input.value = field.typical;
    box.append(label, input);
    $("fields").append(box);
  }
}

function row() {
  const found = {};
  for (const input of $("form").querySelectorAll("input, select")) {
    const text = input.value.replace(/[,\s]/g, "").replace("−", "-"), field = schema.fields[input.name];
    if (text === "") continue; // left out
    found[input.name] = field.kind === "word" || isNaN(text) ? input.value : Number(text);
  }
  return found;
}

async function tell(event) {
  if (event) event.preventDefault();
  const turn = ++asked, body = row();
  const [price, why] = await Promise.all([ask("predict", body), ask("explain", body)]);
  if (turn !== asked) return; // a later question is under way
  const fields = price.ok ? {} : price.answer.fields;
  for (const input of $("form").querySelectorAll("input, select"))
    input.name in fields ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
  const lines = Object.entries(fields).map(([name, says]) => `${said(name)} ${says}`);
  $("wrong").textContent = price.ok ? "" : lines.length ? lines.join("\n") : price.answer.error;
  $("answer").hidden = !price.ok;
  if (!price.ok) return;
  const [low, high] = price.answer.confidence_interval;
  $("price").textContent = money(price.answer.prediction);
  $("between").textContent = `${money(low)} to ${money(high)}: 90 of 100 such intervals hold the truth.`;
  $("warnings").textContent = price.answer.warnings.map(said).join("; ");
  if (why.ok) draw(shown = why.answer);
}

// ---- the explanation: bars, from what is typical to this block

const tag = (name, attributes, text = "") => {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.textContent = text;
  return e;
};

function draw(a) {
  const svg = $("why"), parts = Object.entries(a.contributions).sort((p, q) => Math.abs(q[1]) - Math.abs(p[1]));
  const wide = Math.max(260, svg.parentNode.clientWidth - 42), names = Math.min(190, wide * 0.48), high = 34 * parts.length + 10;
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.replaceChildren();
  let at = a.base;
  const steps = parts.map(([name, by]) => { const from = at; at += by; return [name, by, from, at]; });
  const ends = steps.flatMap(s => [s[2], s[3]]), low = Math.min(...ends), top = Math.max(...ends, low + 1e-9);
  const x = v => names + (v - low) / (top - low) * (wide - names - 90);
  steps.forEach(([name, by, from, to], i) => {
    const y = 34 * i + 6, left = Math.min(x(from), x(to));
    svg.append(tag("text", { x: 0, y: y + 16 }, said(name)));
    svg.append(tag("rect", { x: left, y, width: Math.max(1.5, Math.abs(x(to) - x(from))), height: 22, rx: 2, fill: by < 0 ? "var(--b)" : "var(--a)" }));
    svg.append(tag("text", { x: Math.max(x(from), x(to)) + 6, y: y + 16, class: by < 0 ? "b" : "a" }, (by > 0 ? "+" : "") + money(by)));
    if (i) svg.append(tag("path", { d: `M${x(from)} ${y - 12}v12`, stroke: "var(--field)" }));
  });
  svg.toggleAttribute("hidden", ends.every(v => Math.abs(v - a.base) < 0.005));
  $("sum").textContent = svg.hasAttribute("hidden") ? "This is the typical one itself, so there is nothing to explain yet: change a field." : `The typical one gives ${money(a.base)}. The parts above, added to it, give ${money(a.prediction)}. Each is the mean over all orders in which the fields could be named (Shapley values).`;
}

// ---- the map

function drawMap() {
  const canvas = $("map"), wide = canvas.clientWidth, zoom = window.devicePixelRatio || 1;
  const xs = points.map(p => p[0]), ys = points.map(p => p[1]), pad = 0.3;
  const west = Math.min(...xs) - pad, east = Math.max(...xs) + pad, south = Math.min(...ys) - pad, north = Math.max(...ys) + pad;
  const flat = Math.cos((south + north) / 2 * Math.PI / 180), high = Math.round(wide * (north - south) / ((east - west) * flat));
  canvas.width = wide * zoom; canvas.height = high * zoom; canvas.style.height = high + "px";
  const c = canvas.getContext("2d");
  c.scale(zoom, zoom);
  view = { x: lon => (lon - west) / (east - west) * wide, y: lat => (north - lat) / (north - south) * high,
    lon: x => west + x / wide * (east - west), lat: y => north - y / high * (north - south) };
  const prices = points.map(p => p[2]).sort((a, b) => a - b), low = prices[0], top = prices[Math.floor(prices.length * 0.97)];
  for (const [lon, lat, price] of points) {
    c.fillStyle = ramp((price - low) / (top - low));
    c.beginPath(); c.arc(view.x(lon), view.y(lat), 2, 0, 7); c.fill();
  }
  $("cheap").textContent = money(low); $("dear").textContent = money(top) + " and more";
  const r = $("ramp").getContext("2d");
  for (let i = 0; i < 200; i++) { r.fillStyle = ramp(i / 199); r.fillRect(i, 0, 1, 10); }
  const x = view.x(Number($("f-longitude").value)), y = view.y(Number($("f-latitude").value));
  for (const [width, ink] of [[6, colour("--card")], [3, colour("--b")]]) {
    c.strokeStyle = ink; c.lineWidth = width;
    c.beginPath(); c.arc(x, y, 9, 0, 7); c.moveTo(x - 15, y); c.lineTo(x - 4, y); c.moveTo(x + 4, y); c.lineTo(x + 15, y); c.stroke();
  }
}

function go(lon, lat) {
  $("f-longitude").value = lon.toFixed(2); $("f-latitude").value = lat.toFixed(2);
  drawMap(); tell();
}
$("map").addEventListener("click", event => {
  const box = $("map").getBoundingClientRect();
  go(view.lon(event.clientX - box.left), view.lat(event.clientY - box.top));
});
$("map").addEventListener("keydown", event => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!way) return;
  event.preventDefault();
  const by = event.shiftKey ? 0.5 : 0.05;
  go(Number($("f-longitude").value) + by * way[0], Number($("f-latitude").value) + by * way[1]);
});

async function begin() {
  const [found, places] = await Promise.all([ask("schema"), ask("points")]);
  if (!found.ok) { $("wrong").textContent = found.answer.error; return; }
  schema = found.answer; points = places.ok ? places.answer : [];
  fill();
  const mapped = points.length && schema.fields.longitude && schema.fields.latitude;
  $("place").hidden = !mapped;
  if (!mapped) { // another table than the houses of California
    const what = schema.target.replaceAll("_", " "), texts = { title: `What is the ${what} here?`, "h-form": "1. What is known?",
      go: "What is it?", "h-price": `2. The ${what}`, "h-why": "3. Why?",
      lead: `Describe a row, and get its ${what}. The page works offline; nothing leaves this machine.` };
    for (const [id, text] of Object.entries(texts)) $(id).textContent = text;
    document.title = texts.title;
  }
  if (mapped) drawMap();
  $("form").addEventListener("submit", tell);
  $("form").addEventListener("change", () => { if (mapped) drawMap(); tell(); });
  addEventListener("resize", () => { if (mapped) drawMap(); if (shown) draw(shown); });
  dark.addEventListener("change", () => { if (mapped) drawMap(); });
  tell();
}
begin();
