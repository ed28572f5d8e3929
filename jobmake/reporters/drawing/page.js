
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const stage = document.getElementById("stage");
const svg = stage.querySelector("svg");
const panel = document.getElementById("details");
const nodes = data.boxes.map((_, number) => document.getElementById("box" + number));
const boxOf = new Map();
data.boxes.forEach((box, number) => box.members.forEach((name) => boxOf.set(name, number)));

// -- the view: what part of the picture is seen, in the picture's own units

const whole = svg.viewBox.baseVal;
const full = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
let view = { ...full };
svg.removeAttribute("width");
svg.removeAttribute("height");

function show() {
  svg.setAttribute("viewBox", [view.x, view.y, view.width, view.height].join(" "));
}

function fit() {
  // a small picture is not blown up beyond one and a half times its size
  const room = stage.getBoundingClientRect();
  const scale = Math.min(room.width / full.width, room.height / full.height, 2) * 0.96;
  view.width = room.width / scale;
  view.height = room.height / scale;
  view.x = full.x + (full.width - view.width) / 2;
  view.y = full.y + (full.height - view.height) / 2;
  show();
}

function zoom(factor, x, y) {
  const width = Math.min(Math.max(view.width * factor, 20), full.width * 20 + 4000);
  const real = width / view.width;
  view.x = x - (x - view.x) * real;
  view.y = y - (y - view.y) * real;
  view.width *= real;
  view.height *= real;
  show();
}

function place(event) {
  const at = new DOMPoint(event.clientX, event.clientY);
  return at.matrixTransform(svg.getScreenCTM().inverse());
}

stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const at = place(event);
  zoom(Math.exp(event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), at.x, at.y);
}, { passive: false });

let held = null;
stage.addEventListener("pointerdown", (event) => {
  if (event.button === 0) held = { x: event.clientX, y: event.clientY, view: { ...view }, moved: false };
});
window.addEventListener("pointermove", (event) => {
  if (!held) return;
  const dx = event.clientX - held.x, dy = event.clientY - held.y;
  if (!held.moved && Math.hypot(dx, dy) < 4) return;
  held.moved = true;
  stage.classList.add("dragged");
  const scale = svg.getScreenCTM().a;
  view.x = held.view.x - dx / scale;
  view.y = held.view.y - dy / scale;
  show();
});
window.addEventListener("pointerup", (event) => {
  stage.classList.remove("dragged");
  if (held && !held.moved) {
    const node = event.target.closest && event.target.closest(".node");
    if (node) choose(nodes.indexOf(node));
  }
  held = null;
});
document.getElementById("fit").addEventListener("click", fit);
window.addEventListener("resize", fit);

// -- the details of a target. Texts are only ever set as texts, never as HTML.

function make(tag, text, kind) {
  const one = document.createElement(tag);
  if (text !== undefined) one.textContent = text;
  if (kind) one.className = kind;
  return one;
}

function section(title, ...content) {
  panel.append(make("h3", title), ...content);
}

function list(items) {
  const all = make("ul");
  for (const item of items) {
    const line = make("li");
    line.append(item);
    all.append(line);
  }
  return all;
}

function link(name) {
  const button = make("button", mark(name) + name);
  button.type = "button";
  button.addEventListener("click", () => choose(boxOf.get(name), name));
  return button;
}

function mark(name) {
  const look = data.targets[name] && data.looks[data.targets[name].state];
  return look ? look.mark + " " : "";
}

function badge(target) {
  const look = data.looks[target.state];
  return look ? [make("span", look.mark + " " + target.state, "badge " + look.key)] : [];
}

function files(title, paths) {
  if (paths.length) section(title, list(paths.map((path) => make("code", path))));
}

function told(seconds) {
  if (seconds < 1) return Math.round(seconds * 1000) + " ms";
  return seconds < 60 ? seconds.toFixed(1) + " s" : Math.floor(seconds / 60) + " m " + Math.round(seconds % 60) + " s";
}

function describe(name) {
  const target = data.targets[name];
  panel.append(make("h2", name), ...badge(target));
  if (target.doc) panel.append(make("p", target.doc));
  if (target.trouble) section("trouble", make("p", target.trouble));
  if (target.reasons && target.reasons.length)
    section("stale because", list(target.reasons.map((reason) => reason.text)));
  if (target.depends_on && target.depends_on.length)
    section("depends on what these will make", list(target.depends_on.map(link)));
  if (target.command) section("command", make("pre", target.command));
  files("inputs", target.inputs);
  files("sources", target.sources);
  files("outputs", target.outputs);
  const known = (other) => boxOf.has(other);
  if (target.needs.length) section("needs", list(target.needs.filter(known).map(link)));
  const users = Object.keys(data.targets).filter((other) => data.targets[other].needs.includes(name));
  if (users.length) section("used by", list(users.map(link)));
  const run = target.last_run;
  if (run) {
    const when = new Date(run.started * 1000).toLocaleString();
    section("last run", make("p", run.ended + " after " + told(run.seconds) + ", begun " + when));
    if (run.log) panel.append(make("code", run.log));
  }
}

function choose(number, name) {
  const box = data.boxes[number];
  nodes.forEach((node, at) => node.classList.toggle("chosen", at === number));
  panel.replaceChildren();
  if (name === undefined && box.members.length > 1) {
    panel.append(make("h2", box.name), make("p", data.targets[box.members[0]].doc));
    section("instances", list(box.members.map(link)));
  } else {
    describe(name === undefined ? box.members[0] : name);
  }
  panel.scrollTop = 0;
}

nodes.forEach((node, number) => {
  node.setAttribute("tabindex", "0");
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(number);
    }
  });
});

// -- the search: by name, doc and outputs

const search = document.getElementById("search");
const haystack = data.boxes.map((box) => box.members.map((name) => {
  const target = data.targets[name];
  return [name, target.doc, ...target.outputs, ...target.inputs].join("\n");
}).join("\n").toLowerCase());

search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  let hits = 0;
  nodes.forEach((node, number) => {
    const hit = wanted !== "" && haystack[number].includes(wanted);
    node.classList.toggle("hit", hit);
    hits += hit;
  });
  stage.classList.toggle("searching", wanted !== "");
  document.getElementById("found").textContent = wanted ? hits + " found" : "";
});
search.addEventListener("keydown", (event) => {
  const first = nodes.findIndex((node) => node.classList.contains("hit"));
  if (event.key === "Enter" && first >= 0) choose(first);
});

fit();
