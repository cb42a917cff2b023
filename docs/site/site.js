"use strict";
/* Looks for words among headings and symbols; what it looks in is read when somebody first looks.  Without this file
 * the site lacks its search and nothing else. */
(() => {
    const base = document.currentScript.dataset.base, box = document.createElement("form");
    box.className = "search";
    box.setAttribute("role", "search");
    box.innerHTML = '<input type="search" placeholder="Search" aria-label="Search">';
    document.querySelector("header .home").after(box);
    const input = box.firstChild;
    let list = null, loading = null;

    const load = () => loading ??= new Promise((done) => {
        const script = document.createElement("script");
        script.src = base + "index.js";
        script.onload = done;
        document.head.append(script);
    });
    const close = () => { list?.remove(); list = null; };
    /* How well a name has the words; 0: not all of them. */
    const rank = (name, words) => words.every((word) => name.includes(word))
        ? (name === words.join(" ") ? 5 : name.startsWith(words[0]) ? 3 : 1) + 1 / name.length : 0;
    const show = async () => {
        await load();
        close();
        const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
        if (words.length === 0) { return; }
        const found = SEARCH.map(([title, page, url]) => ({ title, page, url,
            rank: rank(title.toLowerCase(), words) || rank((page + " " + title).toLowerCase(), words) / 10 }))
            .filter((entry) => entry.rank > 0).sort((a, b) => b.rank - a.rank).slice(0, 20);
        list = document.createElement("ol");
        for (const entry of found) {
            const item = document.createElement("li"), link = document.createElement("a");
            const page = document.createElement("small");
            link.href = base + entry.url;
            link.textContent = entry.title;
            page.textContent = entry.page;
            link.append(page);
            link.addEventListener("click", close);
            item.append(link);
            list.append(item);
        }
        if (found.length === 0) { list.textContent = "Nothing has these words."; }
        box.append(list);
    };
    input.addEventListener("focus", load);
    input.addEventListener("input", show);
    box.addEventListener("submit", (event) => { event.preventDefault(); list?.querySelector("a")?.click(); });
    addEventListener("keydown", (event) => {
        if (event.key === "Escape") { close(); input.blur(); }
        if (event.key === "/" && document.activeElement !== input) { event.preventDefault(); input.focus(); }
    });
    addEventListener("click", (event) => { if (!box.contains(event.target)) { close(); } });

    const menu = document.querySelector("nav > div"), current = menu.querySelector("[aria-current]");
    if (current && menu.scrollHeight > menu.clientHeight) {
        menu.scrollTop = current.offsetTop - menu.clientHeight / 3;
    }
})();
