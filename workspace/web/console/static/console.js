// The console works without this file. With it, the preview follows each edit, sections can be dragged,
// and what is to be copied can be copied by a button.
"use strict";
document.documentElement.classList.add("scripted");

const announce = (text) => {
  let live = document.getElementById("live-region");
  if (!live) {
    live = Object.assign(document.createElement("p"), { id: "live-region", className: "away" });
    live.setAttribute("role", "status");
    document.body.append(live);
  }
  live.textContent = text;
};

document.querySelector("[data-focus]")?.focus();

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
  const copied = document.body.dataset.copied;
  announce(copied);
  const text = button.textContent;
  button.textContent = copied;
  setTimeout(() => { button.textContent = text; }, 1500);
});

// --- the look: the homepage beside it follows each edit -----------------------------------------------------------

for (const form of document.querySelectorAll("form[data-tries]")) {
  const frame = document.getElementById(form.dataset.tries);
  const at = frame.src;
  let due;
  form.addEventListener("input", (event) => {
    if (event.target.id === "primary_color") document.getElementById("own_color").checked = true;
    clearTimeout(due);
    due = setTimeout(() => {
      const typed = new FormData(form);
      for (const name of ["csrf", "revision", "reason"]) typed.delete(name);
      // In place of the one before: going back leads out of this page, not through every colour.
      frame.contentWindow.location.replace(`${at}?${new URLSearchParams(typed)}`);
    }, 250);
  });
}

// --- the rule builder: its buttons send the form, and only the builder is replaced ---------------------------------

const parsed = async (form, button) => {
  const body = new FormData(form);
  body.set(button.name, button.value);
  const answer = await fetch(button.formAction, { method: "POST", body: new URLSearchParams(body) });
  return answer.ok || answer.status === 422 ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
};

const previews = new Map();
const preview = (form, page = 1) => {
  const box = document.getElementById(form.dataset.preview);
  const asked = (previews.get(form) ?? 0) + 1;
  previews.set(form, asked);
  box.setAttribute("aria-busy", "true");
  setTimeout(async () => {
    if (previews.get(form) !== asked) return;
    const body = new URLSearchParams(new FormData(form));
    body.set("page", page);
    const answer = await fetch(form.dataset.previewAt, { method: "POST", body });
    // An answer to an earlier edit must not take the place of a later one.
    if (previews.get(form) !== asked) return;
    if (answer.ok || answer.status === 422) box.innerHTML = await answer.text();
    box.removeAttribute("aria-busy");
  }, 250);
};

for (const form of document.querySelectorAll("form[data-builder]")) {
  const replace = async (button) => {
    const page = await parsed(form, button);
    const fresh = page?.getElementById(form.dataset.builder);
    if (!fresh) { button.form.requestSubmit(button); return; }
    document.getElementById(form.dataset.builder).replaceWith(fresh);
    for (const chosen of page.querySelectorAll(`#${form.id} input[type=radio]`)) document.getElementById(chosen.id).checked = chosen.checked;
    const next = document.getElementById(button.dataset.then) ?? document.getElementById(button.id);
    (next ?? fresh.querySelector("select, input, button"))?.focus();
    if (form.dataset.preview) preview(form);
  };
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.name !== "edit" && button?.name !== "page") return;
    event.preventDefault();
    if (button.name === "page") preview(form, button.value);
    else replace(button);
  });
  form.addEventListener("change", (event) => {
    const button = form.querySelector(`button[data-for~="${event.target.id}"]`);
    if (button) replace(button);
    else if (form.dataset.preview) preview(form);
  });
  form.addEventListener("input", (event) => {
    if (form.dataset.preview && event.target.matches("input[type=text], input[type=number], textarea")) preview(form);
  });
}

// --- sections: dragged by their handle, or moved with the arrow keys on it ---------------------------------------

for (const list of document.querySelectorAll("[data-sortable]")) {
  const items = () => [...list.children];
  let dragged = null;
  const clear = () => items().forEach((one) => one.classList.remove("over", "under", "dragged"));
  const said = (item) => {
    const values = { name: item.dataset.name, place: items().indexOf(item) + 1, count: items().length };
    announce(list.dataset.moved.replace(/\{(\w+)\}/g, (_, name) => values[name]));
  };
  const below = (item, event) => event.clientY > item.getBoundingClientRect().top + item.offsetHeight / 2;
  for (const handle of list.querySelectorAll(".handle")) {
    const item = handle.closest("li");
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
      if (!other) return;
      if (step < 0) other.before(item); else other.after(item);
      handle.focus();
      said(item);
    });
    // Only by its handle: text in the fields can still be selected.
    handle.addEventListener("pointerdown", () => { item.draggable = true; });
    item.addEventListener("dragstart", (event) => {
      dragged = item;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", item.dataset.name);
      item.classList.add("dragged");
    });
    item.addEventListener("dragend", () => { item.draggable = false; dragged = null; clear(); });
    item.addEventListener("dragover", (event) => {
      if (!dragged || dragged === item) return;
      event.preventDefault();
      clear();
      dragged.classList.add("dragged");
      item.classList.add(below(item, event) ? "under" : "over");
    });
    item.addEventListener("drop", (event) => {
      if (!dragged || dragged === item) return;
      event.preventDefault();
      if (below(item, event)) item.after(dragged); else item.before(dragged);
      said(dragged);
      clear();
    });
  }
  list.querySelectorAll("button[name=move]").forEach((button) => button.addEventListener("click", (event) => {
    event.preventDefault();
    const item = button.closest("li");
    if (button.value.startsWith("up:")) item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    button.focus();
    said(item);
  }));
}
