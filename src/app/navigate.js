// Goes from page to page by what differs.  Layouts that stay the same are not sent, and keep what is typed and played in
// them.  Markers in the page say where each outlet is: <!--osp:N HASH--> ... <!--/osp:N-->; HASH is of the layout around
// it.  Whatever is unusual is loaded as if this script were not there: so is everything in a browser without the
// Navigation API, which knows where to scroll and what to focus.
(({ nonce }) => {
    if (!window.navigation) return;

    // Comments by their text, without hashes: the first that begins something, the last that ends it.
    const marksOf = (root) => {
        const marks = {}, walk = document.createTreeWalker(root, 128);
        for (let node; (node = walk.nextNode());) {
            const name = node.data.split(' ')[0];
            if (name[0] === '/' || !marks[name]) marks[name] = node;
        }
        return marks;
    };
    // The nodes between two marks, and the one behind them.
    const rangeOf = (marks, name) => {
        const end = marks[`/osp:${name}`], nodes = [];
        for (let node = marks[`osp:${name}`].nextSibling; node !== end; node = node.nextSibling) nodes.push(node);
        return { nodes, end };
    };
    const hashesOf = (marks, n = 1) => (marks[`osp:${n}`] ? [marks[`osp:${n}`].data.split(' ')[1], ...hashesOf(marks, n + 1)] : []);

    // Scripts that a parser of fragments has seen never run, so they are made anew.  What the answer's own policy
    // allows by its nonce gets that of the page.
    const prepare = (root, policy) => {
        for (const old of root.querySelectorAll('[nonce]')) {
            if (policy.includes(`'nonce-${old.nonce}'`)) old.setAttribute('nonce', nonce);
        }
        for (const old of root.querySelectorAll('script')) {
            const script = document.createElement('script');
            for (const { name, value } of old.attributes) script.setAttribute(name, value);
            script.async = old.hasAttribute('async');
            script.text = old.text;
            old.replaceWith(script);
        }
    };

    const textOf = (node) => (node.outerHTML ?? node.data).replace(/ nonce="[^"]*"/, '');
    // Keeps what stays, that no style is loaded twice; resolves when new ones are there.
    const changeHead = ({ nodes, end }, wanted) => Promise.all(wanted.map((node) => {
        const same = nodes.findIndex((old) => textOf(old) === textOf(node));
        if (same >= 0) {
            for (const old of nodes.splice(0, same + 1).slice(0, -1)) old.remove();
            return 0;
        }
        (nodes[0] ?? end).before(node);
        return node.rel === 'stylesheet' && new Promise((done) => { node.onload = node.onerror = done; });
    })).then(() => nodes.forEach((old) => old.remove()));

    const load = async ({ destination: { url }, signal }) => {
        const marks = marksOf(document);
        const answer = await fetch(url, { signal, headers: { 'OpenSpeed-Parts': hashesOf(marks).join() } });
        const part = answer.headers.get('OpenSpeed-Part');
        if (!part || answer.redirected) return location.replace(answer.url);
        const template = document.createElement('template');
        template.innerHTML = await answer.text();
        prepare(template.content, answer.headers.get('Content-Security-Policy') ?? '');
        const came = marksOf(template.content), outlet = rangeOf(marks, part), { nodes } = rangeOf(came, part);
        await changeHead(rangeOf(marks, 'head'), rangeOf(came, 'head').nodes);
        outlet.nodes.forEach((old) => old.remove());
        outlet.end.before(...nodes);
        return dispatchEvent(new Event('openspeed:page'));
    };

    navigation.addEventListener('navigate', (event) => {
        const { destination, navigationType: type, sourceElement } = event;
        if (!event.canIntercept || event.hashChange || event.formData || event.downloadRequest !== null || type === 'reload' ||
            destination.sameDocument !== (type === 'traverse') || sourceElement?.closest('[data-reload]')) return;
        event.intercept({
            handler: () => load(event).catch((reason) => event.signal.aborted || location.reload(reason)),
        });
    });
})(document.currentScript);
