// A headless Chromium for tests: the system's own, driven by playwright-core, which npm fetches once into
// build/browser.
//
//     const browser = await open();               // throws when there is none: tools/setup test installs it
//     const page = await browser.page();          // in a context of its own
//     await page.goto(url);
//     assert.deepEqual(page.complaints, []);      // what its console and its scripts complained of
//     await browser.close();
//
// usage: node tests/browser/browser.mjs     fetches playwright-core and axe-core
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installAll } from '../oracle/referees.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.resolve(here, '../../build/browser');

const required = () => createRequire(path.join(folder, 'node_modules', 'x.js'));

const chromium = () => execFileSync('sh', ['-c', 'command -v chromium || command -v chromium-browser'], { encoding: 'utf8' }).trim();

/** Tests start side by side: one fetches what is missing, and the others wait. */
function fetchOnce() {
    fs.mkdirSync(path.dirname(folder), { recursive: true });
    execFileSync('flock', [`${folder}.lock`, process.execPath, fileURLToPath(import.meta.url)], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Starts one.  What it is asked for does not leave this machine. */
export async function open() {
    fetchOnce();
    const playwright = required()('playwright-core');
    // A container has no user namespaces to spare and a small /dev/shm.
    const browser = await playwright.chromium.launch({ executablePath: chromium(), timeout: 120_000,
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server', '--disable-background-networking'] });
    return {
        browser,
        close: () => browser.close(),
        /** A page in a new context; `options` are those of newContext: viewport, colorScheme, javaScriptEnabled, ... */
        async page(options = {}) {
            const context = await browser.newContext(options);
            const page = await context.newPage();
            page.setDefaultTimeout(60_000);
            page.complaints = [];
            page.on('console', (said) => ['error', 'warning'].includes(said.type()) && page.complaints.push(said.text()));
            page.on('pageerror', (error) => page.complaints.push(String(error)));
            return page;
        },
    };
}

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe-core holds against a page as it is, a line each: by WCAG 2.2 A and AA and good practice, or by some rules alone. */
export async function violations(page, runOnly = standards) {
    await page.evaluate(fs.readFileSync(required().resolve('axe-core/axe.min.js'), 'utf8'));
    const found = await page.evaluate((rules) => globalThis.axe.run(document, { resultTypes: ['violations'], runOnly: rules }), runOnly);
    return found.violations.map((rule) => `${rule.id}: ${rule.help}: ${rule.nodes.map((node) => node.html).slice(0, 3).join(' ')}`);
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
    installAll(folder, path.join(here, 'package.json'));
}
