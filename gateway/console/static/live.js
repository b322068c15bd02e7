// Shows a list again when something moved, unless somebody is reading or typing.
// Without this file every page works; it only has to be loaded again by hand.
"use strict";
(() => {
  const bar = document.getElementById("live");
  const main = document.getElementById("noi-dung");
  if (!bar || !main || !window.EventSource) return;
  const said = bar.querySelector("[data-said]");
  const hold = bar.querySelector("[data-hold]");
  const now = bar.querySelector("[data-now]");
  const words = bar.dataset;
  const KEY = "lienthong-hold";
  let source = null, news = false, showing = false, connected = false, last = null;

  const held = () => sessionStorage.getItem(KEY) === "1";
  const reading = () =>
    held() || document.hidden || window.scrollY > 160 ||
    main.querySelector("details[open]") !== null ||
    String(window.getSelection()) !== "" ||
    main.matches(":focus-within") || typed();
  const typed = () =>
    [...main.querySelectorAll("input, textarea, select")].some((one) =>
      one.type === "checkbox" || one.type === "radio"
        ? one.checked !== one.defaultChecked
        : one.tagName === "SELECT"
          ? [...one.options].some((o) => o.selected !== o.defaultSelected && o.defaultSelected)
          : one.value !== one.defaultValue);

  function tell() {
    hold.setAttribute("aria-pressed", String(held()));
    now.hidden = !news;
    said.textContent = !connected ? words.away : news ? words.news : held() ? words.held : words.on;
    bar.dataset.state = !connected ? "away" : news ? "news" : held() ? "held" : "on";
  }

  async function show() {
    if (showing) return;
    showing = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected && !answer.url.startsWith(location.origin + location.pathname)) return end(words.out);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("noi-dung");
      if (!fresh) return;
      if (fresh.innerHTML !== main.innerHTML) main.replaceChildren(...fresh.childNodes);
      news = false;
    } catch { /* the gateway is away; the stream says so */ }
    finally { showing = false; tell(); }
  }

  function moved(event) {
    if (last === null) { last = event.data; return tell(); }
    if (event.data === last) return;
    last = event.data;
    news = true;
    if (reading()) tell(); else show();
  }

  function end(text) {
    source.close();
    said.textContent = text;
    hold.hidden = true;
    now.hidden = true;
    bar.dataset.state = "away";
  }

  function begin() {
    source = new EventSource("/v1/live");
    source.addEventListener("open", () => { connected = true; tell(); });
    source.addEventListener("moved", moved);
    source.addEventListener("signed-out", () => end(words.out));
    source.addEventListener("error", () => {
      connected = false;
      if (source.readyState === EventSource.CLOSED) end(words.none); else tell();
    });
  }

  hold.addEventListener("click", () => {
    sessionStorage.setItem(KEY, held() ? "0" : "1");
    tell();
    if (!held() && news) show();
  });
  now.addEventListener("click", () => { window.scrollTo(0, 0); show(); });
  bar.hidden = false;
  tell();
  begin();
})();
