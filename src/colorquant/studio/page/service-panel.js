// What was uploaded to the service and what came of it; images can be uploaded, and nothing is deleted.
import { copy, tell } from "../shared/copy.js";
import { query, read, send } from "./api.js";
import { Entry } from "./entry.js";
import { button, fill, make, segments } from "./elements.js";
import { T, size } from "./texts.js";

// Milliseconds between two looks while something is waiting, and while nothing is.
const [SOON, LATER] = [1500, 10000];

export class ServicePanel {
  constructor(root, studio) {
    Object.assign(this, { root, studio, uploadsLook: false });
    const { service } = studio.about;
    const file = make("input", { type: "file", class: "hidden", multiple: true, tabindex: -1, "aria-hidden": "true", change: () => this.upload(file.files).then(() => (file.value = "")) });
    this.list = make("ul", { class: "items" });
    this.state = make("p", { class: "note", role: "status" });
    this.with = segments(
      T.service.settings,
      [
        { value: "deployed", text: T.service.deployed },
        { value: "look", text: T.service.look },
      ],
      "deployed",
      (value) => (this.uploadsLook = value === "look"),
      { class: "segments stacked" },
    );
    root.append(
      make("h2", {}, service.emulated ? T.service.emulated : T.tabs.service),
      make("p", { class: "note" }, `${T.service.buckets(service.input, service.output)}. ${T.service.note}`),
      this.with,
      make("p", { class: "buttons" }, button(T.service.upload, () => file.click(), { class: "button main" }), button(T.service.refresh, () => this.refresh()), file),
      this.state,
      this.list,
    );
  }

  // What an upload is told, as the service's settings.
  get settings() {
    const { entry } = this.studio;
    if (!this.uploadsLook || !entry) return {};
    const { settings, keep, colors, palette } = entry.look;
    return { ...settings, ...(palette ? { palette } : {}), ...(!palette && keep.length ? { keep } : {}), ...(!palette && colors ? { min_colors: colors, max_colors: colors } : {}) };
  }

  async upload(files) {
    for (const file of files) {
      await this.studio.try(async () => {
        const headers = { "X-Colorquant-Settings": JSON.stringify(this.settings) };
        const told = await send(`service/uploads?${query({ key: file.name })}`, file, () => {}, headers);
        tell(T.service.sent(told.key ?? file.name));
      });
    }
    await this.refresh();
  }

  // Look again and again while the panel is open.
  show(open) {
    this.open = open;
    clearTimeout(this.timer);
    if (open) this.refresh();
  }

  async refresh() {
    clearTimeout(this.timer);
    try {
      const told = await read("service", { view: "service" });
      this.update(told);
      const waits = told.items.some(({ state }) => state === "waiting");
      if (this.open) this.timer = setTimeout(() => this.refresh(), waits ? SOON : LATER);
    } catch (error) {
      this.state.textContent = error.message;
      if (this.open) this.timer = setTimeout(() => this.refresh(), LATER);
    }
  }

  update({ items, more }) {
    const told = JSON.stringify(items);
    this.state.textContent = items.length ? (more ? T.service.more : "") : T.service.none;
    if (told === this.told) return;
    this.told = told;
    fill(this.list, items.map((item) => this.item(item)));
  }

  item({ key, size: bytes, uploaded, state, error, palette, result, settings }) {
    const isImage = state === "waiting" || state === "done";
    // Whether what waits is an image is not known yet.
    const done = state === "done";
    const picture = (of) => make("img", { src: `service/thumbnail?${query({ key, of })}`, alt: "", loading: "lazy", error: (event) => event.target.remove() });
    const strip = make("div", { class: "strip" });
    for (const { hex, share } of palette ?? []) {
      const stripe = make("span", { title: hex, click: () => copy(hex) });
      Object.assign(stripe.style, { background: hex, flexGrow: (1000 * share).toFixed(6) });
      strip.append(stripe);
    }
    const given = Object.entries(settings ?? {}).map(([name, value]) => `${name} ${value}`).join(", ");
    const sizes = result ? `${size(bytes)} → ${size(result.bytes)}` : size(bytes);
    return make(
      "li",
      { class: `item ${state}` },
      make("div", { class: "thumbs" }, done && picture("input"), done && picture("result")),
      make(
        "div",
        {},
        make("p", { class: "name" }, key),
        make("p", { class: "note" }, make("strong", { class: "state" }, T.service[state]), ` · ${sizes} · ${T.service.time(uploaded)}`),
        given && make("p", { class: "note" }, given),
        error && make("p", { class: "error" }, error),
        palette?.length > 0 && strip,
        make(
          "p",
          { class: "buttons" },
          isImage && button(T.service.openIt, () => this.openItem(key), { class: "button small" }),
          result && make("a", { class: "button small", href: `service/image?${query({ key, of: "result" })}`, download: result.key.split("/").pop() }, T.service.take),
        ),
      ),
    );
  }

  openItem(key) {
    return this.studio.try(async () => this.studio.add(new Entry(await read(`service/open?${query({ key })}`, { method: "POST" }))));
  }
}
