// The samples of docs/deploy do what docs/deploy.md says.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { childrenOf, root, run, sleep, start, within } from './start.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-deploy-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
const sample = (name) => fs.readFileSync(path.join(root, 'docs/deploy', name), 'utf8');
const lacks = (command) => spawnSync('which', [command]).status !== 0 && `no ${command} here`;

test('the units are units', { skip: lacks('systemd-analyze') }, async () => {
    fs.writeFileSync(path.join(folder, 'shop.service'), sample('shop.service').replace('/srv/shop/app', '/bin/true'));
    fs.writeFileSync(path.join(folder, 'shop.socket'), sample('shop.socket'));
    const { stdout, stderr } = await run('systemd-analyze',
        ['verify', '--man=no', path.join(folder, 'shop.service'), path.join(folder, 'shop.socket')]);
    assert.deepEqual((stdout + stderr).split('\n').filter((line) => /shop\.(service|socket)/.test(line)), []);
});

/** A port that is free now. */
async function freePort() {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address();
    await new Promise((done) => server.close(done));
    return port;
}

const get = ({ by = http, ...options }) => new Promise((resolve, reject) => {
    by.get({ host: '127.0.0.1', agent: false, ...options }, (answer) => {
        let body = '';
        answer.on('data', (data) => (body += data)).on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    }).on('error', reject);
});

/** Asks until somebody answers with 200. */
async function answered(options) {
    let last;
    for (let i = 0; i < 200; i++) {
        last = await get(options).catch((error) => error);
        if (last.status === 200) return last;
        await sleep(50);
    }
    assert.fail(`no answer: ${JSON.stringify(last)}`);
}

/** What the application sees of a client that claims to be another, asked through a proxy. */
async function throughProxy(command, args, at, appArgs) {
    const app = await start(path.join(root, 'tests/apps/front'), { args: appArgs });
    const proxy = spawn(command, args, { stdio: 'ignore' });
    try {
        const { body } = await answered({ ...at, path: '/client',
            headers: { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https' } });
        const { headers } = await get({ ...at, path: '/nowhere', headers: { 'X-Request-Id': 'mine' } });
        assert.match(headers['x-request-id'], /^[0-9a-f]{32}$/, 'a client does not choose the id');
        return JSON.parse(body);
    } finally {
        proxy.kill('SIGTERM');
        await app.stop();
    }
}

test('behind nginx the client keeps his address', { skip: lacks('nginx') }, async () => {
    const socket = path.join(folder, 'shop.sock'), port = await freePort();
    fs.chmodSync(folder, 0o755);
    fs.writeFileSync(path.join(folder, 'site.conf'),
        sample('nginx.conf').replace('/run/shop/shop.sock', socket).replace('listen 80', `listen 127.0.0.1:${port}`));
    fs.writeFileSync(path.join(folder, 'nginx.conf'), `daemon off; pid ${folder}/pid; error_log ${folder}/error; events {}
http { access_log off; include ${folder}/site.conf; }\n`);
    const seen = await throughProxy('nginx', ['-e', `${folder}/error`, '-c', path.join(folder, 'nginx.conf')], { port },
        ['--listen', `unix:${socket},mode=0666`, '--trusted-proxies', 'unix']);
    assert.deepEqual(seen, { address: '127.0.0.1', scheme: 'http', host: `127.0.0.1:${port}` });
});

test('behind HAProxy he does, by the PROXY protocol, and the probe is answered', { skip: lacks('haproxy') }, async () => {
    const port = await freePort(), behind = await freePort(), file = path.join(folder, 'haproxy.cfg');
    // Three addresses, so that client and proxy are not the same.
    fs.writeFileSync(file, sample('haproxy.cfg').replace('bind :80', `bind 127.0.0.2:${port}`)
        .replace('127.0.0.1:3000', `127.0.0.1:${behind} source 127.0.0.3`));
    const seen = await throughProxy('haproxy', ['-db', '-f', file], { host: '127.0.0.2', port },
        ['--port', `${behind}`, '--trusted-proxies', '127.0.0.3', '--proxy-protocol']);
    assert.deepEqual(seen, { address: '127.0.0.1', scheme: 'http', host: `127.0.0.2:${port}` });
});

test('behind TLS the application knows of it, and logins are slow', { skip: ['nginx', 'haproxy', 'openssl'].map(lacks).find(Boolean) }, async (t) => {
    const at = fs.mkdtempSync(path.join(folder, 'tls-')), socket = path.join(at, 'shop.sock');
    const [plain, tls, plainHa, tlsHa] = [await freePort(), await freePort(), await freePort(), await freePort()];
    for (const one of [folder, at]) fs.chmodSync(one, 0o755);
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1',
        '-subj', '/CN=localhost', '-keyout', 'shop.key', '-out', 'shop.pem'], { cwd: at, encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    fs.writeFileSync(path.join(at, 'both.pem'), fs.readFileSync(path.join(at, 'shop.pem'), 'utf8') + fs.readFileSync(path.join(at, 'shop.key'), 'utf8'));
    fs.writeFileSync(path.join(at, 'site.conf'), sample('nginx-tls.conf').replace('/run/shop/shop.sock', socket)
        .replaceAll('/etc/ssl', at).replace('listen 80', `listen 127.0.0.1:${plain}`).replace('listen 443', `listen 127.0.0.1:${tls}`));
    fs.writeFileSync(path.join(at, 'nginx.conf'), `daemon off; pid ${at}/pid; error_log ${at}/error; events {}
http { access_log off; include ${at}/site.conf; }\n`);
    fs.writeFileSync(path.join(at, 'haproxy.cfg'), sample('haproxy-tls.cfg').replace('/run/shop/shop.sock', socket)
        .replace('/etc/haproxy/shop.pem', `${at}/both.pem`).replace('bind :80', `bind 127.0.0.1:${plainHa}`).replace('bind :443', `bind 127.0.0.1:${tlsHa}`));
    const app = await start(path.join(root, 'tests/apps/front'), { args: ['--listen', `unix:${socket},mode=0666`, '--trusted-proxies', 'unix'] });
    t.after(() => app.stop());
    const proxies = [spawn('nginx', ['-e', `${at}/error`, '-c', path.join(at, 'nginx.conf')], { stdio: 'ignore' }),
        spawn('haproxy', ['-db', '-f', path.join(at, 'haproxy.cfg')], { stdio: 'ignore' })];
    t.after(() => proxies.forEach((one) => one.kill('SIGTERM')));
    for (const [port, other] of [[tls, plain], [tlsHa, plainHa]]) {
        const asked = { by: https, port, rejectUnauthorized: false };
        const { body } = await answered({ ...asked, path: '/client', headers: { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'http' } });
        assert.deepEqual(JSON.parse(body), { address: '127.0.0.1', scheme: 'https', host: `127.0.0.1:${port}` });
        const { status, headers } = await get({ port: other, path: '/client?a=b' });
        assert.equal(status, 308);
        assert.match(headers.location, /^https:\/\/127\.0\.0\.1.*\/client\?a=b$/);
        const lost = await get({ ...asked, path: '/nowhere', headers: { 'X-Request-Id': 'mine' } });
        assert.match(lost.headers['x-request-id'], /^[0-9a-f-]{32,36}$/, 'a client does not choose the id');
        const small = await get({ ...asked, path: '/client', headers: { 'Accept-Encoding': 'gzip' } });
        assert.equal(small.headers['content-encoding'], 'gzip');
    }
    const tries = await Promise.all(Array.from({ length: 20 }, () => get({ by: https, port: tls, rejectUnauthorized: false, path: '/api/login' })));
    assert.ok(tries.some((one) => one.status === 404) && tries.some((one) => one.status === 429), tries.map((one) => one.status).join());
});

// What the Dockerfile says, done by hand: what the image is made of, its user, its folder, its command.
const dockerfile = () => {
    const text = sample('Dockerfile').replace(/\\\n/g, '').replace(/^#.*\n/gm, '');
    const [build, image] = text.split(/^FROM /m).slice(1);
    return { build: /--no-install-recommends (.*?)\s*\n/.exec(build)[1].trim().split(/\s+/),
        make: /^RUN (install -d \/image.*)$/m.exec(build)[1], user: /^USER (\d+):(\d+)$/m.exec(image).slice(1),
        workdir: /^WORKDIR (\S+)$/m.exec(image)[1], command: JSON.parse(/^ENTRYPOINT (.*)$/m.exec(image)[1]) };
};

test('the image is built with what the tree says that it needs', () => {
    const wanted = spawnSync(path.join(root, 'tools/setup'), ['--list', 'build'], { encoding: 'utf8' }).stdout.trim().split(/\s+/);
    assert.deepEqual(dockerfile().build.sort(), ['libc6-dev', 'make', ...wanted].sort());
});

/** Makes the image's root at a folder, by the words of the Dockerfile. */
function makeRoot(at, executable, script) {
    const words = script.replaceAll('/image', at).replace(/\S+\/\.openspeed\/\S+/, executable)
        .replaceAll('/src/shop', path.join(root, 'examples/conduit'));
    const made = spawnSync('sh', ['-ec', words], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    for (const name of ['proc', 'dev']) fs.mkdirSync(path.join(at, name));
    fs.writeFileSync(path.join(at, 'dev/null'), '');
}

const canContain = process.getuid() === 0 &&
    spawnSync('unshare', ['-m', '-p', '-f', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
test('the image serves as its process 1, by another user, on a root that cannot be written', {
    skip: (/-(asan|tsan)$/.test(process.env.OPENSPEED_BUILD_DIR ?? '') && 'no image has a sanitizer') || (!canContain && 'no mounts here'),
}, async () => {
    const { make, user, workdir, command } = dockerfile();
    const at = fs.mkdtempSync(path.join(os.tmpdir(), 'openspeed-image-')), port = await freePort();
    const built = await start('conduit');
    const executable = fs.readlinkSync(`/proc/${built.pid}/exe`);
    await built.stop();
    fs.chmodSync(at, 0o755);
    makeRoot(at, executable, make);
    const bytes = Number(spawnSync('du', ['-sb', at], { encoding: 'utf8' }).stdout.split('\t')[0]);
    assert.ok(bytes < 10e6, `${bytes} bytes`);
    // As with --read-only, --tmpfs and --user of another number than the image's.
    const script = `mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && mount -t proc proc "$0/proc" &&
mount --bind /dev/null "$0/dev/null" && mount -t tmpfs -o gid=${user[1]},mode=770 data "$0${workdir}" &&
exec unshare --root "$0" --wd ${workdir} --setgid ${user[1]} --setuid 4711 "$@"`;
    const child = spawn('unshare', ['-m', '-p', '-f', '--kill-child', 'sh', '-c', script, at,
        ...command.map((word) => word.replace('*:3000', `*:${port}`)), '--drain-delay', '0'],
    { env: { PATH: process.env.PATH, CONDUIT_SECRET: 'x'.repeat(32) }, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (data) => (log += data));
    const exited = new Promise((done) => child.on('exit', done));
    try {
        await answered({ port, path: '/readyz' }).catch((error) => assert.fail(`${error.message}: ${log}`));
        const [first] = childrenOf(child.pid);
        const status = fs.readFileSync(`/proc/${first}/status`, 'utf8');
        assert.match(status, /^NSpid:\t\d+\t1$/m);
        assert.match(status, new RegExp(`^Uid:\\t4711\\t.*\\nGid:\\t${user[1]}\\t`, 'm'));
        assert.throws(() => fs.writeFileSync(`/proc/${first}/root/srv/x`, ''), { code: 'EROFS' });
        assert.equal((await get({ port, path: '/api/articles' })).status, 200); // it has made its database
        process.kill(first, 'SIGTERM');
        assert.equal(await within(15_000, 'the end', exited), 0);
    } finally {
        child.kill('SIGKILL');
        fs.rmSync(at, { recursive: true, force: true });
    }
});
