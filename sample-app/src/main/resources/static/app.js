// The page of the link checker: starts a check, follows its events, draws the pool, resizes it.

const POOL = "/actuator/greenpools/crawler";
const SHOWN_MILLIS = 60_000;
const LINES = ["size", "free", "running", "waiting"]; // drawn in this order, the last on top

const $ = id => document.getElementById(id);
const number = new Intl.NumberFormat();
let events = null; // of the check that is shown
let checkId = null;
let points = []; // what the plot shows: {millis, size, running, free, waiting}
let origin = ""; // of the site that is checked: not worth repeating in every line
let brokenShown = 0;
let lastReport = 0;

async function request(url, options) {
  const response = await fetch(url, options);
  const body = response.status === 204 ? null : await response.json();
  if (!response.ok) {
    throw new Error(body.detail ?? body.message ?? `${url}: status ${response.status}`);
  }
  return body;
}

function post(url, fields) {
  return request(url, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(fields)});
}

/** Runs what may fail, and says so if it does. */
async function attempt(action) {
  $("problem").textContent = "";
  try {
    await action();
  } catch (error) {
    $("problem").textContent = error.message;
  }
}

// ---- the check

function watch(id) {
  events?.close();
  checkId = id;
  points = [];
  brokenShown = 0;
  lastReport = 0;
  fill("broken-rows", [], 3);
  fill("slow-rows", [], 2);
  events = new EventSource(`/checks/${id}/events`);
  events.addEventListener("progress", event => show(JSON.parse(event.data)));
  events.addEventListener("done", event => {
    events.close(); // or the browser would ask again
    show(JSON.parse(event.data));
    attempt(report);
  });
}

function show(state) {
  const ended = !["QUEUED", "RUNNING"].includes(state.status);
  $("status").textContent = state.status.toLowerCase();
  $("cancel").disabled = ended;
  $("bar").max = Math.max(1, ended ? state.pagesDone : state.pagesKnown);
  $("bar").value = state.pagesDone;
  $("pages").textContent = `${number.format(state.pagesDone)} / ${number.format(state.pagesKnown)}`;
  $("links").textContent = number.format(state.links);
  $("broken").textContent = number.format(state.broken);
  $("seconds").textContent = (state.millis / 1000).toFixed(1);
  plot({millis: state.millis, ...state.pool});
  if (!ended && state.broken > brokenShown && Date.now() - lastReport > 1000) {
    attempt(report);
  }
}

async function report() {
  lastReport = Date.now();
  const of = checkId;
  const found = await request(`/checks/${of}`);
  if (of !== checkId) {
    return;
  }
  origin = new URL(found.url).origin;
  brokenShown = found.broken;
  const shown = found.brokenLinks.length;
  $("broken-count").textContent = shown < found.broken ? `${shown} of ${found.broken}` : found.broken;
  fill("broken-rows", found.brokenLinks.map(link => [anchor(link.url), text(link.detail, "why"), pages(link)]), 3);
  fill("slow-rows", found.slowestPages.map(page => [anchor(page.url), text(number.format(page.millis), "number")]), 2);
  if (found.message) {
    $("problem").textContent = found.message;
  }
}

// ---- tables

function fill(id, rows, columns) {
  const none = document.createElement("td");
  none.colSpan = columns;
  none.className = "none";
  none.textContent = "none";
  $(id).replaceChildren(...(rows.length ? rows : [[none]]).map(cells => {
    const row = document.createElement("tr");
    row.append(...cells);
    return row;
  }));
}

function text(value, style) {
  const cell = document.createElement("td");
  cell.textContent = value;
  cell.className = style;
  return cell;
}

function anchor(url) {
  const cell = document.createElement("td");
  cell.append(link(url));
  return cell;
}

/** A link, unless it is none: the text of a broken link may be anything. */
function link(url) {
  if (!/^https?:\/\//.test(url)) {
    return document.createTextNode(url);
  }
  const a = document.createElement("a");
  a.href = url;
  a.rel = "noreferrer";
  a.textContent = url.startsWith(`${origin}/`) ? url.slice(origin.length) : url;
  return a;
}

function pages(broken) {
  const cell = document.createElement("td");
  if (broken.references === 0) {
    cell.textContent = "the check began here";
    return cell;
  }
  cell.append(link(broken.foundOn[0]));
  if (broken.references > 1) {
    const more = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = `and ${number.format(broken.references - 1)} more`;
    const list = document.createElement("ul");
    list.append(...broken.foundOn.slice(1).map(page => {
      const item = document.createElement("li");
      item.append(link(page));
      return item;
    }));
    more.append(summary, list);
    cell.append(more);
  }
  return cell;
}

// ---- the pool

function plot(point) {
  if (point) {
    points.push(point);
    points = points.filter(p => p.millis > point.millis - SHOWN_MILLIS);
    LINES.forEach(line => $(line).textContent = number.format(point[line]));
    if (![$("slider"), $("new-size")].includes(document.activeElement)) {
      $("slider").value = $("new-size").value = point.size;
    }
    $("plot").setAttribute("aria-label", `The pool over time. Now: size ${point.size}, running ${point.running}, `
        + `waiting ${point.waiting}, free ${point.free}`);
  }
  if (points.length) {
    draw();
  }
}

function draw() {
  const svg = $("plot");
  const {width, height} = svg.getBoundingClientRect();
  const left = 40, bottom = height - 20, top = 8;
  const first = points[0].millis;
  const span = Math.max(5_000, points.at(-1).millis - first);
  const most = Math.max(4, ...points.flatMap(p => LINES.map(line => p[line])));
  const least = Math.min(0, ...points.map(p => p.free)); // negative after a shrink
  const x = p => left + (p.millis - first) / span * (width - left - 8);
  const y = value => bottom - (value - least) / (most - least) * (bottom - top);
  const path = line => "M" + points.map(p => `${x(p).toFixed(1)},${y(p[line]).toFixed(1)}`)
      .reduce((steps, at) => `${steps}H${at.split(",")[0]}V${at.split(",")[1]}`);
  const area = `${path("running")}L${x(points.at(-1))},${y(0)}L${x(points[0])},${y(0)}Z`;

  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
      ...[0, most / 2, most].flatMap(value => [
        shape("line", {x1: left, x2: width - 8, y1: y(value), y2: y(value)}),
        label(left - 6, y(value) + 4, "end", number.format(Math.round(value)))]),
      label(left, height - 4, "start", `${(first / 1000).toFixed(0)} s`),
      label(width - 8, height - 4, "end", `${((first + span) / 1000).toFixed(0)} s`),
      shape("path", {d: area, class: "area"}),
      ...LINES.map(line => shape("path", {d: path(line), class: line})));
}

function shape(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  return element;
}

function label(x, y, anchorAt, content) {
  const element = shape("text", {x, y, "text-anchor": anchorAt});
  element.textContent = content;
  return element;
}

function resize(size) {
  $("slider").value = $("new-size").value = size;
  attempt(() => post(POOL, {size: Number(size)}));
}

// ---- what the user does

$("start").addEventListener("submit", event => {
  event.preventDefault();
  attempt(async () => watch((await post("/checks", {
    url: $("url").value,
    maxPages: Number($("max-pages").value),
    parallel: Number($("parallel").value),
    checkExternal: $("external").checked
  })).id));
});
$("cancel").addEventListener("click", () => attempt(() => request(`/checks/${checkId}`, {method: "DELETE"})));
$("slider").addEventListener("input", () => $("new-size").value = $("slider").value);
$("slider").addEventListener("change", () => {
  resize($("slider").value);
  $("slider").blur();
});
$("resize").addEventListener("submit", event => {
  event.preventDefault();
  resize($("new-size").value);
});
window.addEventListener("resize", () => plot(null));

attempt(async () => {
  const pool = await request(POOL);
  LINES.forEach(line => $(line).textContent = number.format(pool[line]));
  $("slider").value = $("new-size").value = pool.size;
  const checks = await request("/checks");
  if (checks.length) {
    watch(checks[0].id);
  }
});
