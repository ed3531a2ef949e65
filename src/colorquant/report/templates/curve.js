// What was measured for each number of colors, with a slider below it.
import { draw } from "./draw.js";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [360, 132, 42, 14, 12, 22];
const STEPS = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64];

// Two or three round numbers from 0 to what is at least the highest value.
function heights(most) {
  const size = 10 ** Math.floor(Math.log10(most));
  const top = [1, 2, 4, 5, 10].map((factor) => factor * size).find((height) => height >= most * 0.999);
  return [0, top / 2, top];
}

export class Curve {
  // `onchange` hears which number was chosen; the rest is what `show` takes.
  constructor(svg, slider, { onchange, ...shown }) {
    Object.assign(this, { svg, slider, onchange });
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    slider.addEventListener("input", () => this.go(this.numbers[slider.valueAsNumber]));
    svg.addEventListener("pointerdown", (event) => this.grab(event));
    svg.addEventListener("pointermove", (event) => event.buttons & 1 && this.follow(event));
    this.show(shown);
  }

  // `scores` are pairs of a number of colors and its value, `numbers` what can be chosen, `equals` what would
  // do as well, `most` the top of the scale where it has one, and `at` the number to stand on.
  show({ scores, numbers, chosen, equals, most, at = chosen }) {
    Object.assign(this, { numbers, chosen });
    this.values = new Map(scores);
    [this.slider.min, this.slider.max, this.slider.step] = [0, numbers.length - 1, 1];
    this.svg.replaceChildren();
    this.axes([...this.values.keys()], equals, most ?? Math.max(...this.values.values(), 1e-6));
    this.shown = at;
    this.go(at);
  }

  axes(known, equals, most) {
    const [first, last] = [known[0], known.at(-1)];
    const levels = heights(most);
    this.x = (k) => LEFT + ((k - first) / Math.max(last - first, 1)) * (WIDTH - LEFT - RIGHT);
    this.y = (value) => TOP + (1 - Math.max(value, 0) / levels.at(-1)) * (HEIGHT - TOP - BOTTOM);
    if (equals.length > 1) {
      const [from, to] = [this.x(equals[0] - 0.5), this.x(equals.at(-1) + 0.5)];
      const [left, right] = [Math.max(from, LEFT - 6), Math.min(to, WIDTH - RIGHT + 6)];
      draw("rect", { class: "equals", x: left, width: right - left, y: TOP - 6, height: HEIGHT - TOP - BOTTOM + 6, rx: 4 }, this.svg);
    }
    for (const level of levels) {
      draw("line", { class: "grid", x1: LEFT - 8, x2: WIDTH - RIGHT + 6, y1: this.y(level), y2: this.y(level) }, this.svg);
      draw("text", { x: LEFT - 14, y: this.y(level) + 4, "text-anchor": "end" }, this.svg, `${+level.toPrecision(3)}`);
    }
    const step = STEPS.find((each) => (last - first) / each <= 7) ?? 64;
    for (let k = first; k <= last; k += step) {
      draw("text", { x: this.x(k), y: HEIGHT - 4, "text-anchor": "middle" }, this.svg, `${k}`);
    }
    const points = [...this.values].map(([k, value]) => `${this.x(k)},${this.y(value)}`);
    draw("polyline", { class: "line", points: points.join(" ") }, this.svg);
    for (const [k, value] of this.values) {
      draw("circle", { class: "point", "data-k": k, cx: this.x(k), cy: this.y(value), r: 2.5 }, this.svg);
    }
    if (this.values.has(this.chosen)) {
      draw("circle", { class: "chosen", cx: this.x(this.chosen), cy: this.y(this.values.get(this.chosen)), r: 6.5 }, this.svg);
    }
    this.stem = draw("line", { class: "stem", y1: TOP - 6, y2: HEIGHT - BOTTOM }, this.svg);
    this.spot = draw("circle", { class: "spot", r: 4.5 }, this.svg);
  }

  grab(event) {
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    this.slider.focus({ focusVisible: false });
    this.follow(event);
  }

  follow(event) {
    const box = this.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    const away = (k) => Math.abs(this.x(k) - x);
    this.go(this.numbers.reduce((best, k) => (away(k) < away(best) ? k : best)));
  }

  go(k) {
    this.slider.value = this.numbers.indexOf(k);
    const value = this.values.get(k);
    const measured = value === undefined ? "" : `, ${+value.toPrecision(3)}`;
    this.slider.setAttribute("aria-valuetext", `${k} colors${measured}${k === this.chosen ? ", chosen" : ""}`);
    this.stem.setAttribute("x1", this.x(k));
    this.stem.setAttribute("x2", this.x(k));
    this.spot.setAttribute("cx", this.x(k));
    this.spot.setAttribute("cy", this.y(value ?? 0));
    if (k === this.shown) return;
    this.shown = k;
    this.onchange(k);
  }
}
