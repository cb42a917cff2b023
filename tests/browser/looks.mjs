// Every page of examples/conduit at every width, in light and dark: none is wider than its window, axe-core holds
// nothing against any, and a picture of each is there to be looked at.
//
// usage: node tests/browser/looks.mjs [FOLDER]     which gets the pictures: NAME-WIDTH-SCHEME.png; build/looks
//
// What people write there is long, wide, in scripts that name their words otherwise, much, or nothing at all.
import fs from 'node:fs';
import path from 'node:path';
import { root, start } from '../integration/start.mjs';
import { open, violations } from './browser.mjs';

const folder = path.resolve(process.argv[2] ?? path.join(root, 'build/looks'));
const WIDTHS = [320, 390, 768, 1280], SCHEMES = ['light', 'dark'];
const PASSWORD = 'correct horse';
const THAI = 'การเดินทางด้วยรถไฟสายเก่าจากกรุงเทพไปเชียงใหม่ในฤดูฝนที่ผ่านมาและเรื่องราวของผู้คนบนขบวนรถ';
const LONG = `Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft${'x'.repeat(80)}`;
const BODY = `# One\n\nText with \`code\` and [a link](/).\n\n## Two\n\n> quoted\n\n- a\n- b\n\n1. c\n2. d\n\n\`\`\`\n${'wide '.repeat(40)}\n\`\`\`\n\n${LONG}\n\n---\n\n${THAI}`;

fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });
const [app, browser] = await Promise.all([start('conduit'), open()]);
const said = [];

/** Asks the API; what it refuses is a mistake of this file. */
async function api(method, target, token, body) {
    const headers = { 'Content-Type': 'application/json', ...(token ? { Authorization: `Token ${token}` } : {}) };
    const answer = await fetch(`${app.url}/api${target}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${target}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
}
const register = async (username, email) => (await api('POST', '/users', null, { user: { username, email, password: PASSWORD } })).user.token;
const write = async (token, title, tagList, body = BODY) =>
    encodeURIComponent((await api('POST', '/articles', token, { article: { title, description: title, body, tagList } })).article.slug);

const long = 'W'.repeat(64);
const me = await register('Grete', 'grete@example.org'), other = await register(long, 'other@example.org');
await register('Nobody', 'nobody@example.org');
const own = await write(me, 'Old trains, and where they stand', ['trains', 'travel']);
const wide = await write(other, LONG, ['m'.repeat(64), ...Array.from({ length: 19 }, (_, i) => `a tag ${i}`)]);
await write(me, THAI, ['รถไฟ', 'เชียงใหม่']);
await write(me, 'عن القطارات القديمة، وأين تقف', ['قطار']);
for (let i = 0; i < 25; i++) await write(other, `A title ${i}`, ['many'], 'Short.');
for (const [slug, token] of [[own, other], [own, me], [wide, me]]) {
    for (const words of ['Fine.', LONG, `${THAI}\nand a line`]) await api('POST', `/articles/${slug}/comments`, token, { comment: { body: words } });
    await api('POST', `/articles/${slug}/favorite`, token);
}
await api('PUT', '/user', other, { user: { bio: `${LONG} ${THAI}`, image: 'https://pictures.invalid/none.png' } });

const filled = (fields) => async (page) => {
    await page.evaluate((all) => {
        const form = document.querySelector('main form:has(input:not([type=hidden]), textarea)');
        form.noValidate = true;
        for (const [name, value] of Object.entries(all)) form.elements[name].value = value;
    }, fields);
    await Promise.all([page.waitForNavigation(), page.locator('main form:has(input:not([type=hidden]), textarea) button').first().click()]);
};
const foreign = `/profile/${long}`;
/** Name, URL, what is done there before it is looked at. */
const GUEST = [
    ['home', '/'], ['home-second', '/?page=2'], ['home-tag', '/?tag=many'], ['home-tag-one', '/?tag=trains'], ['home-tag-none', '/?tag=nothing'],
    ['article', `/article/${own}`], ['article-wide', `/article/${wide}`], ['profile', '/profile/Grete'], ['profile-wide', foreign],
    ['profile-wide-second', `${foreign}?page=2`], ['profile-favourites', '/profile/Grete/favorites'], ['profile-empty', '/profile/Nobody'],
    ['login', '/login'], ['login-wrong', '/login', filled({ email: 'grete@example.org', password: 'wrong horse' })],
    ['register', '/register'], ['register-errors', '/register', filled({ username: ' ', email: 'x', password: 'short' })],
    ['not-found', '/nothing'], ['not-found-article', '/article/nothing'], ['not-found-profile', '/profile/nothing'], ['error-400', '/?page=0'],
];
const SIGNED_IN = [
    ['my-home', '/'], ['my-feed-empty', '/?feed=following'], ['my-tag', '/?tag=many&page=2'], ['my-article', `/article/${own}`],
    ['my-article-wide', `/article/${wide}`], ['my-comment-errors', `/article/${own}`, filled({ body: ' ' })], ['my-profile', '/profile/Grete'],
    ['my-foreign', foreign], ['my-favourites', '/profile/Grete/favorites'], ['editor', '/editor'],
    ['editor-errors', '/editor', filled({ title: '', body: '', tags: 'x'.repeat(80) })], ['editor-own', `/editor/${own}`], ['error-403', `/editor/${wide}`],
    ['settings', '/settings'], ['settings-errors', '/settings', filled({ image: 'x', username: ' ', email: 'x', password: 'short' })],
    ['settings-saved', '/settings', filled({ bio: THAI })],
];

let looked = 0;
async function look(context, width, scheme, [name, target, act]) {
    const page = await context.newPage();
    const where = `${name} ${width} ${scheme}`;
    await page.goto(app.url + target);
    if (act) await act(page);
    const wider = await page.evaluate(() => {
        const most = document.scrollingElement.clientWidth;
        return document.scrollingElement.scrollWidth <= most ? null
            : [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > most + .5).slice(0, 3).map((one) => one.outerHTML.slice(0, 120));
    });
    if (wider !== null) said.push(`${where}: wider than its window: ${wider.join(' ')}`);
    said.push(...(await violations(page)).map((one) => `${where}: ${one}`));
    await page.screenshot({ path: path.join(folder, `${name}-${width}-${scheme}.png`), fullPage: true });
    await page.close();
    looked++;
}

for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
        const { context } = await browser.page({ viewport: { width, height: 800 }, colorScheme: scheme }).then((page) => ({ context: page.context() }));
        for (const one of GUEST) await look(context, width, scheme, one);
        const page = await context.newPage();
        await page.goto(`${app.url}/login`);
        await filled({ email: 'grete@example.org', password: PASSWORD })(page);
        await page.close();
        for (const one of SIGNED_IN) await look(context, width, scheme, one);
        await context.close();
    }
}
await browser.close();
await app.stop();
for (const one of said) console.error(one);
console.log(`${looked} looks at ${GUEST.length + SIGNED_IN.length} pages: ${said.length} complaints; pictures in ${path.relative('', folder)}`);
process.exit(said.length === 0 ? 0 : 1);
