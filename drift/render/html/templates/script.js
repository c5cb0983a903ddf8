"use strict";
// Filters, copy buttons and unfolding. The page says everything without it.
(() => {
  const form = document.getElementById("filters");
  const count = document.getElementById("count");
  const clear = document.getElementById("clear");
  const unfold = document.getElementById("unfold");
  const nothing = document.getElementById("nothing");
  const items = [...document.querySelectorAll(".item")];
  const findings = items.filter((item) => item.matches(".finding"));
  const groups = [...document.querySelectorAll(".group, .standing")].map((element) => ({
    element,
    items: [...element.querySelectorAll(".item")],
    number: element.querySelector(".n"),
    heading: element.querySelector(".n")?.textContent,
  }));
  const menus = [...form.querySelectorAll("select")];
  const search = form.elements.namedItem("text");
  const ranges = [...document.querySelectorAll("input[name=range]")];

  // -- what is asked for: the hash of the address, so that a view can be shared -------------------

  const ALL = null;
  const NONE = "";

  const chosen = (menu) => {
    const option = menu.selectedOptions[0];
    if (!option || option.hasAttribute("data-all")) return ALL;
    return option.hasAttribute("data-none") ? NONE : option.value;
  };

  const choose = (menu, value) => {
    const options = [...menu.options];
    const wanted = options.findIndex((option) => {
      if (value === ALL) return option.hasAttribute("data-all");
      if (value === NONE) return option.hasAttribute("data-none");
      return !option.hasAttribute("data-all") && option.value === value;
    });
    // A view that was shared may name what this report has not: nothing of it is to be seen.
    if (wanted < 0) {
      const option = new Option(value === NONE ? "none" : value, value);
      option.toggleAttribute("data-none", value === NONE);
      menu.append(option);
    }
    menu.selectedIndex = wanted < 0 ? options.length : wanted;
  };

  const toHash = () => {
    const words = new URLSearchParams();
    for (const menu of menus) {
      const value = chosen(menu);
      if (value !== ALL) words.set(menu.name, value);
    }
    if (search.value.trim()) words.set("text", search.value.trim());
    const range = ranges.find((input) => input.checked && input !== ranges[0]);
    if (range) words.set("range", range.value);
    const hash = words.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  };

  const fromHash = () => {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) {
      reveal(document.getElementById(hash));
      return;
    }
    const words = new URLSearchParams(hash);
    for (const menu of menus) choose(menu, words.get(menu.name));
    search.value = words.get("text") ?? "";
    for (const input of ranges) input.checked = input.value === words.get("range");
    if (ranges.length && !ranges.some((input) => input.checked)) ranges[0].checked = true;
    filter();
  };

  // An address that names one finding shows it, whatever the filter was.
  const reveal = (target) => {
    if (!target) return;
    if (target.closest("[hidden]") || target.querySelector(":scope > [hidden]")) {
      for (const menu of menus) choose(menu, ALL);
      search.value = "";
      filter();
    }
    const details = target.matches(".finding, #in-sync, #pending") && target.querySelector("details");
    if (details) details.open = true;
    target.scrollIntoView();
  };

  // -- filtering ------------------------------------------------------------------------------------

  let texts = null;
  const textOf = (item) => {
    texts ??= new Map();
    let text = texts.get(item);
    if (text === undefined) {
      text = item.textContent.toLowerCase();
      texts.set(item, text);
    }
    return text;
  };

  const filter = () => {
    const wanted = menus.map((menu) => [menu.name, chosen(menu)]).filter(([, value]) => value !== ALL);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const active = wanted.length > 0 || words.length > 0;
    let shown = 0;
    for (const item of items) {
      const fits =
        wanted.every(([name, value]) => (item.dataset[name] ?? NONE) === value) &&
        words.every((word) => textOf(item).includes(word));
      if (item.hidden === fits) item.hidden = !fits;
      if (fits && item.matches(".finding")) shown += 1;
    }
    for (const group of groups) {
      const left = group.items.reduce((sum, item) => sum + !item.hidden, 0);
      group.element.hidden = active && left === 0;
      if (group.number) {
        group.number.textContent =
          left === group.items.length
            ? group.heading
            : `${left.toLocaleString("en")} of ${group.heading}`;
      }
    }
    if (active) {
      for (const rest of document.querySelectorAll("details.rest, details.list")) rest.open = true;
    }
    clear.disabled = !active;
    nothing.hidden = shown > 0 || findings.length === 0;
    const all = findings.length.toLocaleString("en");
    const noun = findings.length === 1 ? "finding" : "findings";
    count.textContent = active ? `${shown.toLocaleString("en")} of ${all} ${noun}` : `${all} ${noun}`;
  };

  const changed = () => {
    filter();
    toHash();
  };

  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(changed, 120);
  });
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    changed();
  });
  form.addEventListener("reset", () => {
    // After the controls were reset; the focus would be lost with the button.
    setTimeout(() => {
      for (const menu of menus) choose(menu, ALL);
      changed();
      search.focus();
    });
  });
  for (const input of ranges) input.addEventListener("change", toHash);
  window.addEventListener("hashchange", fromHash);

  // Places become links to what was found there.
  for (const place of document.querySelectorAll("[data-view]")) {
    const link = document.createElement("a");
    const words = new URLSearchParams();
    const [name, more] = place.dataset.view.split(" ");
    words.set(name, place.dataset.value);
    if (more) words.set(more, place.dataset[more]);
    link.href = `#${words}`;
    link.append(...place.childNodes);
    place.append(link);
  }

  // -- unfolding ------------------------------------------------------------------------------------

  const folded = () => findings.filter((one) => !one.hidden && !one.querySelector("details").open);

  const label = () => {
    unfold.textContent = folded().length > 0 ? "Open all" : "Close all";
  };

  unfold.addEventListener("click", () => {
    const open = folded().length > 0;
    for (const one of findings) {
      if (!one.hidden) one.querySelector("details").open = open;
    }
    unfold.textContent = open ? "Close all" : "Open all";
  });

  // Paper has nothing to unfold.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened = [];
  });

  // -- copying --------------------------------------------------------------------------------------

  const copy = async (text, code) => {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return;
    }
    // Plain http has no clipboard of its own: what is selected can still be copied.
    const selection = getSelection();
    selection.selectAllChildren(code);
    const done = document.execCommand("copy");
    selection.removeAllRanges();
    if (!done) throw new Error("refused");
  };

  const withCopyButtons = (details) => {
    for (const block of details.querySelectorAll("pre:not(:has(button))")) {
      const code = block.querySelector("code");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy: ${code.textContent}`);
      button.addEventListener("click", async () => {
        const said = await copy(code.textContent, code).then(
          () => "Copied",
          () => "Select and copy it by hand",
        );
        button.textContent = said;
        button.setAttribute("aria-label", said);
        button.focus();
        setTimeout(() => {
          button.textContent = "Copy";
          button.setAttribute("aria-label", `Copy: ${code.textContent}`);
        }, 2000);
      });
      block.append(button);
    }
  };

  // Only what is looked at gets buttons: ten thousand findings have fifty thousand commands.
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.open && event.target.closest(".finding")) withCopyButtons(event.target);
    },
    true,
  );
  for (const details of document.querySelectorAll(".finding > details[open]")) withCopyButtons(details);

  // -- begin ----------------------------------------------------------------------------------------

  form.hidden = findings.length < 2 && items.length < 10; // nothing to look for
  unfold.hidden = findings.length < 2;
  label();
  fromHash();
  if (!location.hash.includes("=")) filter();
})();
