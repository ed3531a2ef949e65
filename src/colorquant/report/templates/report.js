// Joins the parts of the report to each other.
import { codesOf, legible } from "./color.js";
import { copy, tell } from "./copy.js";
import { Curve } from "./curve.js";
import { Picture } from "./picture.js";
import { Plane } from "./plane.js";
import { Swatches, shareText, variablesOf } from "./swatches.js";

const one = (id) => document.getElementById(id);
const data = JSON.parse(one("data").textContent);
const result = JSON.parse(one("result").textContent);
const compare = one("compare");
let picture, plane, swatches;
// The number of colors that is shown, the color that was chosen in the picture, and those of the palette.
let shown = data.chosen;
let pinned = null;
let colors = result.palette;

const finished = () => shown === data.chosen;

// The divider between before and after, which follows its grip.
function drag(event) {
  const box = compare.getBoundingClientRect();
  one("slider").value = (100 * (event.clientX - box.left)) / box.width;
  divide();
}

function divide() {
  const divider = one("slider");
  compare.style.setProperty("--cut", `${divider.value}%`);
  divider.setAttribute("aria-valuetext", `${divider.value} percent original`);
}

function showNumber(k) {
  shown = k;
  pinned = null;
  recolor();
}

function recolor() {
  const palette = finished() ? result.palette.map(({ hex }) => hex) : data.palettes[shown];
  picture.recolor(palette, finished());
  const shares = picture.shares();
  colors = finished()
    ? result.palette
    : palette.map((hex, entry) => ({ hex, share: shares[entry] })).filter(({ share }) => share > 0);
  swatches.show(colors);
  point(null);
  plane.show(colors, (at) => picture.colorOf(at));
  describe();
}

function describe() {
  const many = finished() ? result.colors : shown;
  for (const id of ["colors", "colors-spoken"]) one(id).textContent = many;
  one("noun").textContent = many === 1 ? "color" : "colors";
  for (const element of document.querySelectorAll(".finished")) element.hidden = !finished();
  for (const element of document.querySelectorAll(".unfinished")) element.hidden = finished();
  one("after-name").textContent = `${many} ${many === 1 ? "color" : "colors"}`;
  one("copy-command").dataset.copy = command();
}

function command() {
  const safe = data.name.startsWith("-") ? `./${data.name}` : data.name;
  const quoted = `'${safe.replaceAll("'", "'\\''")}'`;
  const { dither, dither_strength: strength, transparency, output_format: format } = result.settings;
  const options = [`--palette '${colors.map(({ hex }) => hex).join(",")}'`, `--color-space ${data.space}`];
  if (dither !== "none") options.push(`--dither ${dither}`);
  if (dither !== "none" && strength < 1) options.push(`--dither-strength ${strength}`);
  if (transparency !== "indexed") options.push(`--transparency ${transparency}`);
  if (format !== "png") options.push(`--format ${format}`);
  return `colorquant quantize ${quoted} ${options.join(" ")}`;
}

// Show one color in the picture and in the charts; null shows what was chosen before, or all.
function point(hex) {
  const lit = hex ?? pinned;
  picture.isolate(lit);
  plane.isolate(lit);
  swatches.mark("lit", lit);
  showCard(lit ?? swatches.colors[0].hex);
}

function showCard(hex) {
  const { text: color, ratio, grade } = legible(hex);
  const { share } = colors.find((each) => each.hex === hex);
  const sample = one("sample");
  Object.assign(sample.style, { background: hex, color });
  one("sample-share").textContent = shareText(share);
  one("contrast").textContent = `${color === "#ffffff" ? "white" : "black"} text ${ratio}\u202f:\u202f1 (${grade})`;
  for (const [notation, text] of Object.entries(codesOf(hex))) {
    const button = one(`code-${notation}`);
    button.lastElementChild.textContent = text;
    button.dataset.copy = text;
  }
}

function find(event) {
  const box = compare.getBoundingClientRect();
  const hex = picture.colorAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  pinned = hex === pinned ? null : hex;
  point(null);
  if (pinned) tell(`${hex}: ${shareText(colors.find((each) => each.hex === hex).share)} of the picture`);
}

// Show each of the picture's pixels as so many of the screen's; 0 shows all that there is.
function zoom(factor) {
  const frame = one("frame");
  frame.classList.toggle("fit", !factor);
  compare.style.setProperty("--wide", `${(factor * compare.querySelector(".after").naturalWidth) / devicePixelRatio}px`);
  frame.tabIndex = factor ? 0 : -1;
  frame.scrollTo((frame.scrollWidth - frame.clientWidth) / 2, (frame.scrollHeight - frame.clientHeight) / 2);
}

// What works without a palette, too.
function listenToView() {
  one("slider").addEventListener("input", divide);
  one("grip").addEventListener("pointerdown", (event) => {
    event.preventDefault();
    event.target.setPointerCapture(event.pointerId);
  });
  one("grip").addEventListener("pointermove", (event) => event.target.hasPointerCapture(event.pointerId) && drag(event));
  for (const radio of document.querySelectorAll("input[name=zoom]")) {
    radio.addEventListener("change", () => zoom(Number(radio.value)));
  }
  for (const radio of document.querySelectorAll("input[name=ground]")) {
    radio.addEventListener("change", () => (compare.dataset.ground = radio.value));
  }
}

function listen() {
  compare.addEventListener("click", (event) => event.target.id !== "grip" && find(event));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !pinned) return;
    pinned = null;
    point(null);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-copy]");
    if (button) copy(button.dataset.copy, button.dataset.told);
  });
  one("copy-css").addEventListener("click", () => copy(variablesOf(swatches.colors), "CSS variables"));
  one("copy-codes").addEventListener("click", () => copy(swatches.colors.map(({ hex }) => hex).join(", "), "all codes"));
  for (const radio of document.querySelectorAll("input[name=order]")) {
    radio.addEventListener("change", () => {
      swatches.show(colors, radio.value);
      point(null);
    });
  }
}

async function start() {
  const [before, after] = [compare.querySelector(".before"), compare.querySelector(".after")];
  const link = one("take-image");
  if (link && !link.getAttribute("href")) link.href = after.src;
  listenToView();
  divide();
  if (!result.palette.length) return;
  await Promise.all([before.decode(), after.decode()]);
  picture = new Picture({ before, after, paint: one("paint"), veil: one("veil"), space: data.space });
  swatches = new Swatches(one("palette"), one("strip"), { onpoint: point, onchoose: (hex) => copy(hex) });
  plane = new Plane(one("plane"));
  plane.scatter(picture.pixelsOf(before).values);
  recolor();
  listen();
  if (!one("curve")) return;
  let waiting = 0;
  const curve = new Curve(one("curve"), one("number"), {
    ...data,
    onchange: (k) => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => showNumber(k));
    },
  });
  one("back").addEventListener("click", () => {
    curve.go(data.chosen);
    one("number").focus();
  });
}

start();
