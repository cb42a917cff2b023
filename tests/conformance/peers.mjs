// The same cases against other servers: a suite that its own server passes and all others fail would say nothing.
//
//     make conformance-peers              what share of the cases each passes; some rules have many cases, so also
//                                         the mean over groups, which are the MUSTs or the SHOULDs of a section
//     make conformance-peers LIST=nginx   and which ones that server does not
//
// Each peer serves the same URLs as tests/apps/conformance as far as its configuration can, and is held against what
// the RFC demands of everybody (`want`), not against what OpenSpeed promises beyond it.  Cases that need an
// application's help are left out.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { copyApp, start } from '../integration/start.mjs';
import { failureOf } from './case.mjs';
import { NOTE, TEXT } from './requests.mjs';
import others from './others.mjs';
import rfc3986 from './rfc3986.mjs';
import rfc9110 from './rfc9110.mjs';
import rfc9112 from './rfc9112.mjs';

const PATIENCE_MS = 1500;
const START_MS = 10_000;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-peers-'));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function freePort() {
    return new Promise((done) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => done(port));
        });
    });
}

const answers = (port) => new Promise((done) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => { socket.destroy(); done(true); }).once('error', () => done(false));
});

/** Runs a server of its own configuration file. */
async function run(name, command, configure) {
    const folder = path.join(scratch, name);
    const port = await freePort();
    const file = path.join(folder, 'conf');
    fs.mkdirSync(path.join(folder, 'files/users'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'files/text'), TEXT);
    fs.chmodSync(scratch, 0o755);
    fs.writeFileSync(file, configure(folder, port));
    const [program, ...args] = command(folder, file);
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '', ended = false;
    child.stderr.on('data', (data) => (log += data));
    child.on('exit', () => (ended = true)).on('error', (error) => { log += error.message; ended = true; });
    const until = Date.now() + START_MS;
    while (!(await answers(port))) {
        if (ended || Date.now() > until) {
            child.kill();
            throw new Error(`${name} does not start: ${log}`);
        }
        await sleep(50);
    }
    return { port, stop: () => child.kill() };
}

const nginx = () => run('nginx', (folder, file) => ['nginx', '-e', 'stderr', '-p', folder, '-c', file], (folder, port) => `
daemon off; master_process off; pid ${folder}/pid; error_log stderr crit;
events {}
http {
    access_log off; default_type text/plain; keepalive_requests 1000000; server_tokens off;
    client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
    server {
        listen 127.0.0.1:${port};
        root ${folder}/files;
        location = / { return 200 "The root."; }
        location = /echo { default_type application/json; return 200 '${NOTE}'; }
        location = /none { return 204; }
        location /users/ { return 200 "a user"; }
    }
}
`);

const MODULES = ['mpm_event', 'authz_core', 'mime', 'alias', 'rewrite', 'reflector', 'headers'];
const apache = () => run('apache', (folder, file) => ['apache2', '-X', '-d', folder, '-f', file], (folder, port) => `
ServerName example.test
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
ErrorLog ${folder}/log
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
DocumentRoot ${folder}/files
TypesConfig /etc/mime.types
ServerTokens Prod
TraceEnable Off
MaxKeepAliveRequests 0
<Directory ${folder}/files>
    ForceType text/plain
    Require all granted
</Directory>
<Location /echo>
    SetHandler reflector
</Location>
RewriteEngine on
RewriteRule ^/none$ - [R=204,L]
RewriteRule ^/$ /text [L]
RewriteRule ^/users/[^/]+$ /text [L]
`);

const haproxy = () => run('haproxy', (folder, file) => ['haproxy', '-q', '-db', '-f', file], (folder, port) => `
global
    expose-experimental-directives
defaults
    mode http
    timeout client 10s
    timeout http-request 10s
frontend peers
    bind 127.0.0.1:${port}
    acl text path /text
    acl echo path /echo
    acl reads method GET HEAD
    http-request normalize-uri percent-decode-unreserved
    http-request normalize-uri path-strip-dot
    http-request normalize-uri path-strip-dotdot full
    http-request wait-for-body time 5s if echo
    http-request return status 200 content-type text/plain string "${TEXT}" hdr Date "%[date,http_date]" if text reads
    http-request return status 405 content-type text/plain string "no" hdr Allow "GET, HEAD" if text
    http-request return status 200 content-type application/json string '${NOTE.replaceAll('"', '\\"')}' if echo { method POST }
    http-request return status 405 content-type text/plain string "no" hdr Allow "POST" if echo
    http-request return status 204 if { path /none }
    http-request return status 200 content-type text/plain string "a page" if { path / } or { path_beg /users/ }
    http-request return status 404 content-type text/plain string "nothing"
`);

/** As somebody would write it who has read the documentation. */
function serve(request, answer, content) {
    const reply = (status, text, fields = {}) => {
        answer.writeHead(status, { 'Content-Type': 'text/plain', ...fields });
        answer.end(text);
    };
    let route;
    try {
        route = decodeURIComponent(new URL(request.url, 'http://example.test').pathname);
    } catch {
        return reply(400, 'malformed');
    }
    const methods = { '/': 'GET, HEAD', '/text': 'GET, HEAD', '/echo': 'POST', '/none': 'GET, HEAD, POST, DELETE' }[route] ??
        (/^\/users\/[^/]+$/.test(route) ? 'GET, HEAD' : null);
    if (methods === null) return reply(404, 'nothing');
    if (!methods.split(', ').includes(request.method)) return reply(405, 'no', { Allow: methods });
    if (route === '/none') return answer.writeHead(204).end();
    if (route === '/echo') return reply(200, content, { 'Content-Type': 'application/json' });
    return reply(200, route === '/text' ? TEXT : 'a page', { 'Content-Length': route === '/text' ? TEXT.length : 6 });
}

async function node() {
    const server = http.createServer((request, answer) => {
        const parts = [];
        request.on('data', (part) => parts.push(part)).on('end', () => serve(request, answer, Buffer.concat(parts))).on('error', () => {});
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    return { port: server.address().port, stop: () => server.close() && server.closeAllConnections() };
}

async function ours() {
    const folder = path.join(scratch, 'ours');
    return { ...await start(copyApp('tests/apps/conformance', folder)), strict: true };
}

const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;

async function measure(name, launch, listed) {
    let peer;
    try {
        peer = await launch();
    } catch (error) {
        console.log(`${name.padEnd(10)}  ${error.message.trim()}`);
        return;
    }
    const groups = new Map(); // a section's MUSTs or SHOULDs: [passed, all]
    const failed = [];
    for (const row of [...rfc9112, ...rfc9110, ...rfc3986, ...others].filter((one) => !one.app)) {
        const key = row.id.replace(/-\d+$/, ` ${row.level.split(' ')[0]}`);
        const group = groups.get(key) ?? [0, 0];
        const failure = await failureOf({ patience_ms: PATIENCE_MS, ...peer }, row, row.want, 'whole');
        groups.set(key, [group[0] + (failure === null), group[1] + 1]);
        if (failure !== null) failed.push(`    ${row.id} ${row.level}: ${row.rule}\n        ${failure.slice(0, 100)}`);
    }
    await peer.stop();
    const all = [...groups.values()];
    const count = all.reduce((sum, [, size]) => sum + size, 0);
    const shares = all.reduce((sum, [passed, size]) => sum + passed / size, 0);
    console.log(`${name.padEnd(10)}  ${percent(count - failed.length, count).padStart(7)} of ${count} cases, ` +
        `${percent(shares, all.length).padStart(7)} of ${all.length} groups`);
    if (listed) console.log(failed.join('\n'));
}

try {
    for (const [name, launch] of Object.entries({ ours, nginx, apache, haproxy, node })) {
        await measure(name, launch, process.argv.includes(name));
    }
} finally {
    fs.rmSync(scratch, { recursive: true, force: true });
}
