// The region of the picture: the stage with its controls, what came of the image, and the images that are open.
import { fill, make, button, segments } from "./elements.js";
import { Stage } from "./stage.js";
import { T } from "./texts.js";

// Pixels to a side of the pictures in the strip.
const THUMBNAIL = 128;

export class View {
  constructor(root, studio) {
    Object.assign(this, { root, studio });
    root.setAttribute("aria-label", T.stage.region);
    this.canvas = make("canvas", { id: "picture", tabindex: 0, role: "application", "aria-label": T.stage.canvas });
    this.ground = make("div", { class: "ground", "data-ground": "checks" });
    this.grip = make("span", { class: "bar", "aria-hidden": "true", hidden: true });
    this.divider = make("input", { id: "divider", type: "range", min: 0, max: 100, value: 50, "aria-label": T.stage.divider, "aria-valuetext": T.stage.divided(50) });
    this.cross = make("span", { class: "cross", "aria-hidden": "true", hidden: true });
    this.loupe = make("div", { class: "loupe", hidden: true, "aria-hidden": "true" }, make("canvas"), make("p", {}, make("span"), make("span")));
    this.frame = make("div", { class: "frame", id: "frame" }, this.ground, this.canvas, this.divider, this.grip, this.cross, this.loupe);
    this.progress = make("progress", { id: "progress", max: 1, "aria-label": T.number.waiting, hidden: true });
    this.doing = make("p", { id: "doing", role: "status" });
    this.outcome = make("p", { class: "outcome numbers", id: "outcome" });
    this.controls = make("div", { class: "controls" });
    this.strip = make("nav", { class: "images", "aria-label": T.strip.region, hidden: true });
    root.append(this.frame, this.progress, make("div", { class: "under" }, this.outcome, this.controls), this.strip, this.doing);
    this.stage = new Stage({ ...this, onact: (x, y) => studio.act(x, y), onview: () => this.showZoom() });
    this.buildControls();
  }

  buildControls() {
    const { stage } = T;
    this.percent = make("output", { class: "percent numbers" });
    const small = { class: "quiet" };
    this.whole = button(stage.hold, () => this.hold(this.stage.whole === null), { ...small, title: stage.holdTitle, "aria-pressed": "false" });
    this.lens = button(stage.loupe, () => this.magnify(!this.stage.magnifies), { ...small, title: stage.loupeTitle, "aria-pressed": "false" });
    this.grounds = segments(
      stage.ground,
      Object.entries(stage.grounds).map(([value, text]) => ({ value, text })),
      "checks",
      (value) => (this.ground.dataset.ground = value),
    );
    fill(
      this.controls,
      this.grounds,
      make("div", { class: "group" }, this.whole, this.lens),
      make(
        "div",
        { class: "group" },
        button("−", () => this.stage.zoom(this.stage.view.scale / 1.5), { ...small, "aria-label": stage.zoomOut }),
        this.percent,
        button("+", () => this.stage.zoom(this.stage.view.scale * 1.5), { ...small, "aria-label": stage.zoomIn }),
        button(stage.fit, () => this.stage.fit(), small),
        button(stage.single, () => this.stage.zoom(1 / devicePixelRatio), small),
      ),
    );
  }

  showZoom() {
    if (this.percent) this.percent.textContent = T.stage.zoom(100 * this.stage.view.scale * devicePixelRatio);
  }

  hold(on) {
    this.stage.showWhole(on ? "before" : null);
    this.whole.setAttribute("aria-pressed", String(on));
  }

  magnify(on) {
    this.stage.magnifying(on);
    this.lens.setAttribute("aria-pressed", String(on));
  }

  // Pixels that a preview needs to be sharp here, in steps, so that a window that is resized a little needs no other.
  get side() {
    const most = Math.max(this.frame.clientWidth, this.frame.clientHeight) * devicePixelRatio;
    return Math.min(1600, Math.max(400, 200 * Math.ceil(most / 200)));
  }

  // What the browser is waiting for, from 0 to 1; null for nothing.
  busy(text, part = 0) {
    this.progress.hidden = text === null;
    if (text === null) {
      this.doing.textContent = "";
      return;
    }
    this.progress.value = part;
    if (this.doing.textContent !== text) this.doing.textContent = text;
  }

  update(entry) {
    this.grounds.hidden = !entry.doc.transparent;
    this.ground.hidden = !entry.doc.transparent;
    const { shown } = entry;
    if (!shown) {
      fill(this.outcome);
      return;
    }
    if (!shown.finished) {
      fill(this.outcome, make("strong", {}, T.stage.preview));
      return;
    }
    const { result } = shown;
    const parts = [make("strong", {}, T.outcome(result))];
    if (result.palette.length) parts.push(make("span", { title: T.difference(100 * result.error) }, this.closeness(result)));
    fill(this.outcome, parts);
  }

  closeness(result) {
    return result.error ? `${result.closeness} (${(100 * result.error).toFixed(1)})` : result.closeness;
  }

  showImages(entries, current) {
    this.strip.hidden = entries.length < 2;
    fill(
      this.strip,
      entries.map((entry) =>
        make(
          "span",
          { class: "thumb" },
          make(
            "button",
            { type: "button", "aria-current": entry === current ? "true" : undefined, "aria-label": T.strip.show(entry.doc.name), title: entry.doc.name, click: () => this.studio.select(entry) },
            make("img", { src: `${entry.path}/preview?side=${THUMBNAIL}`, alt: "" }),
          ),
          make("button", { type: "button", class: "close", "aria-label": T.strip.close(entry.doc.name), click: () => this.studio.close(entry) }, "×"),
        ),
      ),
    );
  }
}
