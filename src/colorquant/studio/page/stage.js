// The picture before and after: a divider, zoom and pan in step down to single pixels, a loupe.
import { hexOf } from "../shared/color.js";
import { T } from "./texts.js";

// Largest magnification, in pixels of the screen for one of the image.
const MOST = 64;
// Pixels that a pointer may move and still have clicked.
const STILL = 5;
// Pixels of the image to a side of what the loupe shows, and of the screen for each.
const [LENS, LENS_SCALE] = [13, 9];

export class Stage {
  // `onact` hears where the picture was clicked; `onview` that the zoom has changed.
  constructor({ frame, canvas, ground, grip, divider, loupe, cross, onact, onview }) {
    Object.assign(this, { frame, canvas, ground, grip, divider, loupe, cross, onact, onview });
    Object.assign(this, { before: null, after: null, veil: null, size: null, cut: 0.5, whole: null, magnifies: false });
    this.view = { left: 0, top: 0, scale: 1 };
    this.fitted = true;
    this.pointers = new Map();
    this.context = canvas.getContext("2d");
    new ResizeObserver(() => this.resize()).observe(frame);
    this.listen();
  }

  // Show an image of this size, {width, height, smooth}, from the beginning.
  open(size, before) {
    Object.assign(this, { size, before, after: null, veil: null, fitted: true });
    this.resize();
  }

  // Show nothing until the next image is there.
  close() {
    cancelAnimationFrame(this.drawing);
    Object.assign(this, { size: null, before: null, after: null, veil: null, drawing: 0 });
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.ground.style.width = 0;
    for (const part of [this.grip, this.cross, this.loupe]) part.hidden = true;
  }

  show(after) {
    this.after = after;
    this.veil = null;
    this.draw();
  }

  // Lay a canvas over the picture; null takes it away.
  cover(veil) {
    if (veil === this.veil) return;
    this.veil = veil;
    this.draw();
  }

  resize() {
    const ratio = devicePixelRatio;
    [this.width, this.height] = [this.frame.clientWidth, this.frame.clientHeight];
    [this.canvas.width, this.canvas.height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (!this.size) return;
    if (this.fitted) this.fit();
    else this.move(0, 0);
  }

  get least() {
    const ratio = devicePixelRatio;
    const room = Math.min(this.width / this.size.width, this.height / this.size.height);
    const device = room * ratio;
    // Pixels that are magnified stay square; a photograph may be smoothed a little to fill its place.
    if (device >= 2) return Math.min(Math.floor(device), MOST) / ratio;
    return device > 1 && !this.size.smooth ? 1 / ratio : room;
  }

  fit() {
    if (!this.size) return;
    this.view.scale = this.least;
    this.fitted = true;
    this.move(0, 0);
  }

  // Magnify around a place of the frame, by default its middle.
  zoom(scale, x = this.width / 2, y = this.height / 2) {
    if (!this.size) return;
    const least = Math.min(this.least, 1 / devicePixelRatio);
    const wanted = Math.min(Math.max(scale, least), MOST / devicePixelRatio);
    const { view } = this;
    view.left = x - ((x - view.left) * wanted) / view.scale;
    view.top = y - ((y - view.top) * wanted) / view.scale;
    view.scale = wanted;
    this.fitted = Math.abs(wanted - this.least) < 1e-9;
    this.move(0, 0);
  }

  move(dx, dy) {
    const { view, size } = this;
    const within = (place, length, room) => (length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, place)));
    view.left = within(view.left + dx, size.width * view.scale, this.width);
    view.top = within(view.top + dy, size.height * view.scale, this.height);
    this.canvas.style.touchAction = this.fitted ? "pan-y" : "none";
    this.onview();
    this.draw();
  }

  // Where the picture's visible part begins and ends from left to right, in pixels of the frame.
  get visible() {
    const { left, scale } = this.view;
    return [Math.max(left, 0), Math.min(left + this.size.width * scale, this.width)];
  }

  divide(cut) {
    this.cut = Math.min(Math.max(cut, 0), 1);
    this.divider.value = Math.round(100 * this.cut);
    this.divider.setAttribute("aria-valuetext", T.stage.divided(this.divider.value));
    this.draw();
  }

  // Show all of one side, "before" or "after"; null shows both.
  showWhole(side) {
    this.whole = side;
    this.draw();
  }

  draw() {
    if (this.drawing || !this.size) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.paint();
    });
  }

  paint() {
    const ratio = devicePixelRatio;
    const { context, canvas, view, size } = this;
    const [from, to] = this.visible;
    const part = { before: 1, after: 0 }[this.whole] ?? (this.after ? this.cut : 1);
    const middle = Math.round((from + part * (to - from)) * ratio);
    // Whole pixels of the screen, or those of the image would be mixed with their neighbors.
    const shown = { left: Math.round(view.left * ratio), top: Math.round(view.top * ratio), scale: view.scale * ratio };
    context.clearRect(0, 0, canvas.width, canvas.height);
    this.half(this.before, 0, middle, shown);
    if (this.after) this.half(this.after, middle, canvas.width, shown);
    if (this.veil) {
      context.imageSmoothingEnabled = false;
      context.drawImage(this.veil, shown.left, shown.top, size.width * shown.scale, size.height * shown.scale);
    }
    this.place(from + this.cut * (to - from));
    if (this.magnifies && this.pointed) this.magnify();
  }

  half(side, from, to, shown) {
    const { context, canvas } = this;
    if (to <= from) return;
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, canvas.height);
    context.clip();
    side.paint(context, shown, canvas.width, canvas.height);
    context.restore();
  }

  // Put the elements that belong to the picture where it is.
  place(middle) {
    const { view, size } = this;
    const [top, bottom] = [Math.max(view.top, 0), Math.min(view.top + size.height * view.scale, this.height)];
    Object.assign(this.grip.style, { left: `${middle}px`, top: `${top}px`, height: `${bottom - top}px` });
    this.grip.hidden = !this.after || this.whole !== null;
    const [from, to] = this.visible;
    Object.assign(this.ground.style, { left: `${from}px`, top: `${top}px`, width: `${to - from}px`, height: `${bottom - top}px` });
  }

  // The pixel of the image at a place of the frame; null beside it.
  pixelAt(x, y) {
    const { view, size } = this;
    const [column, row] = [Math.floor((x - view.left) / view.scale), Math.floor((y - view.top) / view.scale)];
    return column >= 0 && row >= 0 && column < size.width && row < size.height ? [column, row] : null;
  }

  listen() {
    const { canvas, divider, grip } = this;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.follow(event));
    for (const type of ["pointerup", "pointercancel"]) canvas.addEventListener(type, (event) => this.release(event));
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => (this.cross.hidden = !this.size || !canvas.matches(":focus-visible")));
    canvas.addEventListener("blur", () => {
      this.cross.hidden = true;
      this.point(null);
    });
    this.frame.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    divider.addEventListener("input", () => this.divide(divider.valueAsNumber / 100));
    grip.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
    });
    grip.addEventListener("pointermove", (event) => {
      if (!grip.hasPointerCapture(event.pointerId)) return;
      const [from, to] = this.visible;
      this.divide((this.at(event)[0] - from) / (to - from));
    });
    grip.addEventListener("dblclick", () => this.divide(0.5));
  }

  at(event) {
    const box = this.frame.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    if (!this.size || event.button > 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.at(event));
    this.still = this.pointers.size === 1;
    this.started = this.at(event);
  }

  follow(event) {
    const now = this.at(event);
    if (!this.pointers.has(event.pointerId)) {
      this.point(now);
      return;
    }
    const before = [...this.pointers.values()];
    const last = this.pointers.get(event.pointerId);
    this.pointers.set(event.pointerId, now);
    if (this.size && this.pointers.size === 2) {
      this.pinch(before, [...this.pointers.values()]);
      return;
    }
    if (Math.hypot(now[0] - this.started[0], now[1] - this.started[1]) > STILL) this.still = false;
    if (this.size && !this.still && !this.fitted) this.move(now[0] - last[0], now[1] - last[1]);
    this.point(now);
  }

  pinch(before, after) {
    const apart = ([one, other]) => Math.hypot(one[0] - other[0], one[1] - other[1]);
    const middle = ([one, other]) => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
    const [was, now] = [middle(before), middle(after)];
    if (apart(before)) this.zoom((this.view.scale * apart(after)) / apart(before), ...now);
    this.move(now[0] - was[0], now[1] - was[1]);
  }

  release(event) {
    const pressed = this.pointers.delete(event.pointerId);
    if (pressed && this.still && event.type === "pointerup") this.act(...this.at(event));
    if (event.pointerType === "touch") this.point(null);
  }

  act(x, y) {
    const pixel = this.size && this.pixelAt(x, y);
    if (pixel) this.onact(...pixel);
  }

  turn(event) {
    if (!this.size) return;
    event.preventDefault();
    // A pinch on a touchpad comes as small turns of the wheel with the Ctrl key.
    const speed = event.ctrlKey ? 0.01 : event.deltaMode ? 0.05 : 0.0016;
    this.zoom(this.view.scale * Math.exp(-event.deltaY * speed), ...this.at(event));
  }

  key(event) {
    if (!this.size || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 200 : 40;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const acts = {
      "+": () => this.zoom(this.view.scale * 1.5),
      "=": () => this.zoom(this.view.scale * 1.5),
      "-": () => this.zoom(this.view.scale / 1.5),
      0: () => this.fit(),
      1: () => this.zoom(1 / devicePixelRatio),
      Enter: () => this.act(this.width / 2, this.height / 2),
    };
    if (moves[event.key]) this.move(...moves[event.key]);
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
    this.cross.hidden = false;
    this.point([this.width / 2, this.height / 2]);
  }

  magnifying(on) {
    this.magnifies = on;
    if (!on) this.loupe.hidden = true;
  }

  // Show in the loupe what is at a place of the frame; null shows nothing.
  point(place) {
    this.pointed = place;
    if (this.magnifies && this.size && place) this.magnify();
    else this.loupe.hidden = true;
  }

  magnify() {
    const [x, y] = this.pointed;
    const pixel = this.pixelAt(x, y);
    this.loupe.hidden = !pixel;
    if (!pixel) return;
    const sides = [this.before, this.after ?? this.before];
    const [lens, words] = this.loupe.children;
    const side = LENS * LENS_SCALE;
    const ratio = devicePixelRatio;
    [lens.width, lens.height] = [Math.round((2 * side + 2) * ratio), Math.round(side * ratio)];
    const context = lens.getContext("2d");
    const scale = LENS_SCALE * ratio;
    const middle = ((LENS - 1) / 2) * scale;
    sides.forEach((each, place) => {
      const left = place * (side + 2) * ratio;
      context.save();
      context.beginPath();
      context.rect(left, 0, side * ratio, side * ratio);
      context.clip();
      each.paint(context, { left: left + middle - pixel[0] * scale, top: middle - pixel[1] * scale, scale }, lens.width, lens.height);
      for (const [color, inset] of [["#000", 0], ["#fff", 1]]) {
        context.strokeStyle = color;
        context.strokeRect(left + middle - 0.5 - inset, middle - 0.5 - inset, scale + 1 + 2 * inset, scale + 1 + 2 * inset);
      }
      context.restore();
      const shown = each.colorAt(...pixel);
      words.children[place].textContent = shown[3] ? hexOf(shown.slice(0, 3)) : "–";
    });
    const [wide, high] = [this.loupe.offsetWidth, this.loupe.offsetHeight];
    const left = x + 20 + wide > this.width ? x - 20 - wide : x + 20;
    const top = y + 20 + high > this.height ? y - 20 - high : y + 20;
    Object.assign(this.loupe.style, { left: `${Math.max(left, 4)}px`, top: `${Math.max(top, 4)}px` });
  }
}
