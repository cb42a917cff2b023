// The pages of examples/conduit in a browser: all of it without JavaScript, for everyone, and whatever people write.
//
// Sanitizers: none.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { open, violations } from '../browser/browser.mjs';
import { goSoftly, shown } from '../browser/soft.mjs';
import { start } from './start.mjs';

const PASSWORD = 'correct horse';

describe('the pages of Conduit', () => {
    let app, browser;
    before(async () => {
        [app, browser] = await Promise.all([start('conduit'), open()]);
    });
    after(async () => {
        await browser?.close();
        await app?.stop();
    });

    const api = async (path, body, token) => {
        const answer = await fetch(`${app.url}/api${path}`, { method: 'POST', body: JSON.stringify(body),
            headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Token ${token}` } : {}) } });
        assert.ok(answer.ok, `${path}: ${await answer.clone().text()}`);
        return answer.json();
    };
    const register = async (username, email) => (await api('/users', { user: { username, email, password: PASSWORD } })).user;
    const signIn = async (page, email) => {
        await page.goto(`${app.url}/login`);
        await page.getByLabel('E-mail').fill(email);
        await page.getByLabel('Password').fill(PASSWORD);
        await press(page, 'Sign in');
        assert.equal(page.url(), `${app.url}/`);
    };
    const go = (page, what) => Promise.all([page.waitForNavigation(), what.first().click()]);
    const press = (page, name) => go(page, page.getByRole('button', { name }));
    const follow = (page, name) => go(page, page.getByRole('link', { name, exact: true }));

    test('somebody signs up, writes, comments, favourites and signs out, without JavaScript', async () => {
        const page = await browser.page({ javaScriptEnabled: false });
        await page.goto(`${app.url}/register`);
        await page.getByLabel('Name').fill('Frida');
        await page.getByLabel('E-mail').fill('frida@example.org');
        await page.getByLabel('Password').fill('short');
        await press(page, 'Sign up');
        assert.match(await page.textContent('#password-error'), /at least 8 characters/);
        assert.equal(await page.inputValue('#username'), 'Frida');
        assert.equal(await page.inputValue('#password'), '');
        await page.getByLabel('Password').fill(PASSWORD);
        await press(page, 'Sign up');
        assert.equal(page.url(), `${app.url}/`);
        assert.equal(await page.textContent('[role=status]'), 'Welcome, Frida.');
        await page.reload();
        assert.equal(await page.locator('[role=status]').count(), 0); // once

        await follow(page, 'Write');
        await page.getByLabel('Title').fill('Old trains');
        await page.getByLabel('What it is about').fill('And where they stand');
        await page.getByLabel('Text').fill('They are *slow*.');
        await page.getByLabel('Tags').fill('trains, travel');
        await press(page, 'Publish article');
        assert.equal(page.url(), `${app.url}/article/old-trains`);
        assert.equal(await page.textContent('.prose em'), 'slow');
        await page.getByLabel('Write a comment').fill('First!\nAnd second.');
        await press(page, 'Post comment');
        assert.equal(await page.innerText('.comment .words'), 'First!\nAnd second.');
        await press(page, /^Favourite/);
        assert.match(await page.textContent('.like .on'), /1/);
        await follow(page, 'conduit');
        await press(page, /^Favourite no more/);
        assert.equal(page.url(), `${app.url}/`); // where the button was
        await follow(page, 'trains');
        assert.equal(await page.locator('.preview').count(), 1);

        await page.goto(`${app.url}/article/old-trains`);
        await follow(page, 'Edit article');
        await page.getByLabel('Title').fill('Older trains');
        await press(page, 'Save article');
        assert.equal(page.url(), `${app.url}/article/older-trains`);
        await press(page, 'Delete this comment');
        assert.equal(await page.locator('.comment').count(), 0);
        await press(page, 'Delete article');
        assert.equal(page.url(), `${app.url}/`);

        await follow(page, 'Settings');
        await page.getByLabel('About you').fill('I count sleepers.');
        await press(page, 'Save settings');
        assert.equal(await page.inputValue('#bio'), 'I count sleepers.');
        await press(page, 'Sign out');
        await page.goto(`${app.url}/settings`);
        assert.equal(page.url(), `${app.url}/login?next=%2Fsettings`);
        await page.getByLabel('E-mail').fill('frida@example.org');
        await page.getByLabel('Password').fill('wrong horse');
        await press(page, 'Sign in');
        assert.match(await page.textContent('[role=alert]'), /password is wrong/);
        await page.getByLabel('Password').fill(PASSWORD);
        await press(page, 'Sign in');
        assert.equal(page.url(), `${app.url}/settings`);
        await page.context().close();
    });

    test('every page is accessible, in light and dark, and none is wider than a phone', async () => {
        const { token } = await register('Grete', 'grete@example.org');
        await register('Other', 'other@example.org');
        for (const title of [...Array(11).keys()].map((i) => `A title ${i}`)) {
            await api('/articles', { article: { title, description: 'About it', body: '# It\n\n`code` [a](/b)', tagList: ['one'] } }, token);
        }
        await api('/articles/a-title-0/comments', { comment: { body: 'Fine' } }, token);
        const looks = [ // `make looks` takes every page and width; what differs in the dark is colours
            { colorScheme: 'light', width: 320, rules: undefined,
                shown: ['/', '/login', '/article/a-title-0', '/profile/Grete', '/nothing'],
                own: ['/?page=2', '/editor', '/settings', '/article/a-title-0', '/profile/Other'] },
            { colorScheme: 'dark', width: 1280, rules: ['color-contrast'], shown: ['/'], own: ['/article/a-title-0', '/settings'] },
        ];
        for (const { colorScheme, width, rules, shown, own } of looks) {
            const page = await browser.page({ colorScheme, viewport: { width, height: 700 } });
            const look = async (path) => {
                await page.goto(app.url + path);
                assert.deepEqual(await violations(page, rules), [], `${path} ${colorScheme}`);
                const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
                assert.ok(wider <= 0, `${path} is ${wider} px wider than ${width}`);
            };
            for (const path of shown) await look(path);
            await page.goto(`${app.url}/register`);
            await page.evaluate(() => document.querySelector('main form').noValidate = true);
            await press(page, 'Sign up');
            await page.waitForSelector('#password-error');
            assert.deepEqual(await violations(page, rules), [], `errors ${colorScheme}`);
            await signIn(page, 'grete@example.org');
            for (const path of own) await look(path);
            await page.context().close();
        }
    });

    test('what people write runs in no page, also where no policy keeps it from running', async () => {
        const bad = [`"><img src=x onerror=xss=1>`, `'onfocus='xss=1' autofocus='`, `</title></textarea><svg onload=xss=1>`, `{{7*7}}\${xss=1}`,
            '</script><script>xss=1</script>'];
        const name = `<b onclick=xss=1>'"&?#%41`;
        const { token, username } = await register(name, 'mallory@example.org');
        assert.equal(username, name);
        await fetch(`${app.url}/api/user`, { method: 'PUT', body: JSON.stringify({ user: { bio: bad.join(' '), image: `https://x.invalid/"onerror=xss=1 x="` } }),
            headers: { 'Content-Type': 'application/json', Authorization: `Token ${token}` } });
        const slugs = [];
        for (const text of [...bad, '[a](javascript:xss=1) ![b](javascript:xss=1) <javascript:xss=1> [c](data:text/html,<script>xss=1</script>)']) {
            const tagList = [text.slice(0, 64)];
            const { article } = await api('/articles', { article: { title: text, description: text, body: text, tagList } }, token);
            slugs.push(article.slug);
            for (const body of bad) await api(`/articles/${encodeURIComponent(article.slug)}/comments`, { comment: { body } }, token);
        }
        const page = await browser.page({ bypassCSP: true });
        page.on('dialog', (dialog) => assert.fail(dialog.message()));
        await signIn(page, 'mallory@example.org');
        const paths = ['/', `/?tag=${encodeURIComponent(bad[0])}`, '/settings', `/login?next=${encodeURIComponent('javascript:xss=1')}`,
            `/profile/${encodeURIComponent(name)}`, ...slugs.map((slug) => `/article/${encodeURIComponent(slug)}`),
            ...slugs.slice(2, 3).map((slug) => `/editor/${encodeURIComponent(slug)}`)];
        for (const path of paths) {
            const answer = await page.goto(app.url + path);
            assert.equal(answer.status(), 200, path);
            for (const focusable of await page.locator('main input:not([type=hidden]), main textarea').all()) await focusable.focus();
            const found = await page.evaluate(() => ({
                ran: globalThis.xss,
                scripts: document.querySelectorAll('main script, [onerror], [onload], [onclick], [onfocus], main svg, main b').length,
                urls: [...document.querySelectorAll('[href], [src], [action]')].map((e) => e.getAttribute('href') ?? e.getAttribute('src') ?? e.getAttribute('action'))
                    .filter((url) => /^\s*(javascript|data|vbscript):/i.test(url)),
            }));
            assert.deepEqual(found, { ran: undefined, scripts: 0, urls: [] }, path);
        }
        await page.goto(`${app.url}/settings`); // a picture that is none, and a name that is one of HTML
        assert.equal(await page.inputValue('#username'), name);
        await page.goto(new URL(await page.getByRole('link', { name }).first().getAttribute('href'), app.url).href);
        assert.equal(await page.textContent('h1'), name);
        await page.context().close();
    });

    test('what a link shows is what loading its URL shows', async () => {
        const { token } = await register('Ilse', 'ilse@example.org');
        for (const title of ['Here', 'There']) {
            await api('/articles', { article: { title, description: 'About it', body: 'It', tagList: ['two'] } }, token);
        }
        const page = await browser.page();
        await signIn(page, 'ilse@example.org');
        const paths = ['/', '/?tag=two', '/?feed=following', '/article/here', '/article/there', '/profile/Ilse', '/profile/Ilse/favorites', '/profile/Grete',
            '/editor', '/editor/here', '/settings', '/nothing', '/login', '/register', '/?page=2', '/article/a-title-0', '/editor/a-title-0',
            '/profile/Grete/favorites', '/article/nothing', '/?page=0'];
        const hard = {};
        for (const path of paths) {
            await page.goto(app.url + path);
            hard[path] = await shown(page);
        }
        for (const path of [...paths].reverse()) {
            await goSoftly(page, app.url + path);
            assert.equal(await shown(page), hard[path], path);
        }
        assert.equal(await goSoftly(page, `${app.url}/article/here`), false); // another place in the bar: all of it
        assert.equal(await goSoftly(page, `${app.url}/profile/Ilse`), true);
        await page.getByLabel('Site').evaluate((bar) => { bar.dataset.same = 'yes'; });
        await goSoftly(page, `${app.url}/profile/Ilse/favorites`);
        assert.equal(await page.getByLabel('Site').getAttribute('data-same'), 'yes');
        await page.context().close();
    });

    test('a form of another site is refused', async () => {
        const page = await browser.page();
        await register('Hans', 'hans@example.org');
        await signIn(page, 'hans@example.org');
        await page.goto('about:blank');
        await page.setContent(`<form method="post" action="${app.url}/settings?/sign_out"><button>Win</button></form>`);
        const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), press(page, 'Win')]);
        assert.equal(answer.status(), 403);
        await page.goto(`${app.url}/settings`);
        assert.equal(page.url(), `${app.url}/settings`);
        await page.context().close();
    });
});
