// The referees of package.json, each of which npm fetches once into a folder.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const wantedBy = (list) => JSON.parse(fs.readFileSync(path.resolve(here, list), 'utf8')).dependencies;

function versionIn(folder, name) {
    const file = path.join(folder, 'node_modules', name, 'package.json');
    return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).version : null;
}

function fetchInto(folder, wanted, names, flags) {
    const missing = names.filter((name) => versionIn(folder, name) !== wanted[name]);
    if (missing.length === 0) return;
    fs.mkdirSync(folder, { recursive: true });
    const own = path.join(folder, 'package.json'); // npm keeps what stands in it and nothing else
    if (!fs.existsSync(own)) fs.writeFileSync(own, '{ "private": true }\n');
    execFileSync('npm', ['install', '--loglevel=error', '--no-audit', '--no-fund', '--fetch-retries=1', '--fetch-timeout=20000', '--save-exact', ...flags,
        '--prefix', folder, ...missing.map((name) => `${name}@${wanted[name]}`)], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Has some of them, or all, in the versions of package.json; throws when they cannot be fetched. */
export function install(folder, names) {
    const wanted = wantedBy('package.json');
    fetchInto(folder, wanted, names ?? Object.keys(wanted), []);
}

/** The same for one of routers/package.json.  Only its own text is wanted, not what it would build applications with. */
export function installRouter(folder, name) {
    fetchInto(folder, wantedBy('routers/package.json'), [name], ['--omit=optional', '--legacy-peer-deps', '--ignore-scripts']);
}

/** All that another package.json asks for. */
export function installAll(folder, list) {
    const wanted = wantedBy(list);
    fetchInto(folder, wanted, Object.keys(wanted), []);
}
