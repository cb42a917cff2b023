// The samples of docs/deploy do what docs/deploy.md says.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { root, run, sleep, start } from './start.mjs';

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

test('behind nginx the client keeps his address', { skip: lacks('nginx') }, async () => {
    const socket = path.join(folder, 'shop.sock'), port = 20000 + Math.floor(Math.random() * 20000);
    const app = await start(path.join(root, 'tests/apps/front'), {
        args: ['--listen', `unix:${socket},mode=0666`, '--trusted-proxies', 'unix'],
    });
    fs.chmodSync(folder, 0o755);
    fs.writeFileSync(path.join(folder, 'site.conf'),
        sample('nginx.conf').replace('/run/shop/shop.sock', socket).replace('listen 80', `listen 127.0.0.1:${port}`));
    fs.writeFileSync(path.join(folder, 'nginx.conf'), `daemon off; pid ${folder}/pid; error_log ${folder}/error; events {}
http { access_log off; include ${folder}/site.conf; }\n`);
    const nginx = spawn('nginx', ['-e', `${folder}/error`, '-c', path.join(folder, 'nginx.conf')], { stdio: 'ignore' });
    try {
        const get = () => new Promise((resolve, reject) => {
            http.get({ port, host: '127.0.0.1', path: '/client', agent: false,
                headers: { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https' } }, (answer) => {
                let body = '';
                answer.on('data', (data) => (body += data)).on('end', () => resolve(body)).on('error', reject);
            }).on('error', reject);
        });
        let body;
        for (let i = 0; i < 100 && body === undefined; i++) {
            body = await get().catch(() => sleep(50));
        }
        assert.deepEqual(JSON.parse(body), { address: '127.0.0.1', scheme: 'http', host: `127.0.0.1:${port}` });
    } finally {
        nginx.kill('SIGTERM');
        await app.stop();
    }
});
