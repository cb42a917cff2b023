// Goes from page to page by what differs.  Layouts that stay the same are not sent, and keep what is typed and played in
// them.  Comments in the page say where each outlet is: <!--osp:N HASH--> ... <!--/osp:N-->; HASH is of the layout around
// it.  Whatever is unusual is loaded as if this script were not there: so is everything in a browser without the
// Navigation API, which knows where to scroll and what to focus.
(({ nonce }) => {
    if (!window.navigation || !document.head.setHTMLUnsafe) return;

    const drop = (node) => node.remove();
    // Comments by their text without the hash, in order: the first that begins something, the last that ends it.
    const marksOf = (root) => {
        const marks = {}, walk = document.createTreeWalker(root, 128);
        for (let node; (node = walk.nextNode());) {
            const [name] = node.data.split(' ');
            if (name[0] === '/' || !marks[name]) marks[name] = node;
        }
        return marks;
    };
    // The nodes between two marks, and the mark behind them.
    const rangeOf = (marks, name) => {
        const end = marks[`/osp:${name}`] ?? null, nodes = [];
        for (let node = marks[`osp:${name}`].nextSibling; node !== end; node = node.nextSibling) nodes.push(node);
        return { nodes, end };
    };

    // Scripts that a parser of fragments has seen never run, so they are made anew.  What the answer's own policy
    // allows by its nonce gets that of the page.
    const prepare = (root, policy, last) => {
        root.querySelectorAll('[nonce]').forEach((node) => {
            if (policy?.includes(`'nonce-${node.nonce}'`)) node.setAttribute('nonce', nonce);
        });
        root.querySelectorAll('script').forEach((old) => {
            const script = document.createElement('script');
            script.async = false;
            for (const { name, value } of old.attributes) script.setAttribute(name, value);
            script.text = old.text;
            old.replaceWith(last ? script : '');
        });
    };

    const textOf = (node) => (node.outerHTML ?? node.data).replace(/\snonce="[^"]*"/, '');
    // Keeps what stays, so that no style is loaded twice, and waits for new ones.
    const putHead = async ({ nodes, end }, wanted) => {
        await Promise.all(wanted.map((node) => {
            const same = nodes.findIndex((old) => textOf(old) === textOf(node));
            nodes.splice(0, same + 1).slice(0, -1).forEach(drop);
            if (same < 0) (nodes[0] ?? end).before(node);
            return same < 0 && node.rel === 'stylesheet' && new Promise((done) => { node.onload = node.onerror = done; });
        }));
        nodes.forEach(drop);
    };

    const load = async ({ destination, signal }) => {
        const marks = marksOf(document), known = Object.values(marks).flatMap((mark) => /^osp:\d+\s(.+)/.exec(mark.data)?.[1] ?? []);
        const { headers, redirected, body, url } = await fetch(destination.url, { signal, headers: { Accept: 'text/html', 'OpenSpeed-Parts': known } });
        const part = headers.get('OpenSpeed-Part');
        if (redirected) return location.replace(url);
        let text = '', whole, timer, seen = [];
        const show = async (last) => {
            // Each by itself: behind a title parsers would drop the rows of a table.
            const both = text.split('<!--/osp:head-->').map((html) => {
                const box = document.createElement('template');
                box.setHTMLUnsafe(html);
                prepare(box.content, headers.get('Content-Security-Policy'), last);
                return box.content;
            });
            const { nodes } = rangeOf(marksOf(both.at(-1)), part);
            if (both[1]) await putHead(rangeOf(marks, 'head'), [...both[0].childNodes].slice(1));
            const old = rangeOf(marks, part);
            // Which some elements end and others do not.
            if (old.end.parentNode.closest('p')) throw 0;
            if (signal.aborted || whole !== last) return;
            // What of the beginning is in the whole stays, with what is typed into it.
            nodes.forEach((node, i) => seen[i] && node.isEqualNode(old.nodes[i]) ? delete old.nodes[i] : old.end.before(node));
            old.nodes.forEach(drop);
            seen = nodes;
        };
        // Of what takes longer the beginning is shown, without its scripts.
        const reader = body.pipeThrough(new TextDecoderStream()).getReader();
        for (let piece; part && !(piece = await reader.read()).done;) {
            text += piece.value;
            timer ??= setTimeout(() => show().catch(() => 0), 100);
        }
        clearTimeout(timer);
        await show(whole = true);
        dispatchEvent(new Event('openspeed:page'));
    };

    navigation.addEventListener('navigate', (event) => {
        const { navigationType: type, signal } = event;
        if (!event.canIntercept || event.hashChange || event.formData || event.downloadRequest !== null || type === 'reload' ||
            event.destination.sameDocument !== (type === 'traverse') || event.sourceElement?.closest('[data-reload]')) return;
        event.intercept({ handler: () => load(event).catch(() => signal.aborted || location.reload()) });
    });
})(document.currentScript);
