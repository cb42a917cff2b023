// Soft and hard navigation: whether the page that a link leads to is the one that loading its URL shows.

/** The document as it stands, with shadow roots, and without nonces and numbers of requests, which are others each time. */
export const shown = (page) => page.evaluate(() => {
    const roots = [...document.querySelectorAll('*')].map((one) => one.shadowRoot).filter(Boolean);
    return `${location.href}\n${document.documentElement.getHTML({ shadowRoots: roots })}`.replace(/ nonce="[^"]*"|[0-9a-f]{32}/g, '');
});

/** Goes to a URL as a link does; true: without loading a document. */
export async function goSoftly(page, url) {
    await page.evaluate(() => { window.isSame = true; });
    await page.evaluate((to) => {
        window.came = new Promise((done) => addEventListener('openspeed:page', done, { once: true }));
        navigation.navigate(to);
    }, url).catch(() => {}); // a document that goes away takes the call with it
    for (;;) {
        try {
            const soft = await page.evaluate(async () => {
                await window.came;
                return window.isSame === true;
            });
            await page.waitForLoadState('load'); // of another document, which may not be whole yet
            return soft;
        } catch (error) {
            if (!/context was destroyed|navigat/i.test(String(error))) throw error;
        }
    }
}
