// Compares our formats with those of ajv-formats ("full" mode) on generated texts.
//
//     make oracle        builds what answers for us and runs this; npm needs the network once
//
// Not part of CI, which shall not depend on a registry.  Every difference must be in a class below,
// where it is deliberate, and every class must occur, so that none outlives its reason.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { install } from './referees.mjs';

const [program, folder, seedText] = process.argv.slice(2);
const PER_FORMAT = 12_000; // texts, 108,000 in all

install(folder, ['ajv-formats']);
const { fullFormats } = createRequire(path.resolve(folder, 'x.js'))('ajv-formats/dist/formats.js');

function theirs(name, text) {
    const format = fullFormats[name];
    const check = format.validate ?? format;
    return check instanceof RegExp ? check.test(text) : check(text);
}

// ---------------------------------------------------------------- differences

const WE_TAKE = 1, WE_REFUSE = 0;
const MICROSECONDS = { W: 604_800_000_000n, D: 86_400_000_000n, H: 3_600_000_000n, M: 60_000_000n, S: 1_000_000n };
const microseconds = (text) => [...text.matchAll(/(\d+)([WDHMS])/g)].reduce(
    (sum, [, count, unit]) => sum + BigInt(count) * MICROSECONDS[unit], 0n);

/** By format: what it is called, who takes it, and what such a text looks like. */
const CLASSES = {
    date: [],
    'date-time': [
        ['white space for the T', WE_REFUSE, /^[\d-]{10}\s/],
        ['an offset without minutes or colon', WE_REFUSE, /[+-]\d\d(\d\d)?$/],
        ['more than nine digits of a second', WE_REFUSE, /\.\d{10}/],
        ['a leap second at hour 24 or minute 60 and later', WE_REFUSE, /(2[4-9]|[3-9]\d):\d\d:60|:[6-9]\d:60/],
        ['not in the years 0 to 9999 of UTC', WE_REFUSE, /^(0000-01-01|9999-12-31)/],
    ],
    duration: [
        ['years and months', WE_REFUSE, /^P[^T]*[YM]/],
        ['over INT64_MAX microseconds', WE_REFUSE, { test: (text) => microseconds(text) > 9223372036854775807n }],
        ['a minus in front', WE_TAKE, /^-/],
        ['a fraction of a second', WE_TAKE, /\.\d+S$/],
    ],
    uuid: [['a URN', WE_REFUSE, /^urn:uuid:/i]],
    email: [
        ['a local part over 64 bytes', WE_REFUSE, /^[^@]{65}/],
        ['a label over 63 bytes', WE_REFUSE, /@.*[^.]{64}/],
        ['over 254 bytes', WE_REFUSE, /^.{255}/],
    ],
    hostname: [['a dot at the end', WE_REFUSE, /\.$/]],
    ipv4: [],
    ipv6: [],
    uri: [
        ['an empty path', WE_TAKE, /^[a-z][a-z0-9+.-]*:([?#]|$)/i],
        ['an IP literal behind one slash', WE_REFUSE, /^[^:]*:\/([^/].*)?\[/],
        // Their one slash takes what is no authority for a path that begins with another slash.
        ['no port behind a colon, or a second @', WE_REFUSE, /^[^:]*:\/\/[^/?#[]*(:[^/?#[]*[^\d/?#[]|@[^/?#[]*@)/],
        ['zeros in front in an embedded IPv4 address', WE_REFUSE, /\[.*[:.]0\d+.*\]/],
    ],
};

// ---------------------------------------------------------------- texts

let state = BigInt(seedText ?? 1);
function random(below) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number((state >> 33n) % BigInt(below));
}
const pick = (list) => list[random(list.length)];
const times = (most, make) => Array.from({ length: random(most + 1) }, make).join('');
const digits = (count) => Array.from({ length: count }, () => random(10)).join('');
const two = (below) => String(random(below)).padStart(2, '0');
const label = () => pick(['a', 'b', 'c', 'com', '42', 'b-c', '1', 'x--y', 'A9', '-a', 'a-', 'a_b', 'a'.repeat(62 + random(3)), 'ä']);
const octet = () => pick(['0', '9', '10', '99', '199', '255', '256', '01', '00', '007', '300', '']);
const group = () => pick(['0', '1', 'ffff', 'abcd', 'ABC', '12345', 'g', '']);
const ipv4 = () => Array.from({ length: pick([4, 4, 4, 4, 3, 5]) }, octet).join('.');
const ipv6 = () => pick(['', '', '::']) + Array.from({ length: random(9) }, group).join(pick([':', ':', ':', '::'])) +
    pick(['', '', '::', ':', '::1', '::ffff:0:1', ':' + ipv4(), '::' + ipv4()]);
const date = () => `${pick(['2024', '2023', '2100', '2000', '0000', '9999', digits(4)])}-${two(14)}-${two(33)}`;
const offset = () => pick(['Z', 'z', 'Z', '+', '-']).replace(/[+-]/, (sign) =>
    `${sign}${two(26)}${pick([':', ':', ':', ''])}${pick([two(62), two(62), ''])}`);
const leap = () => { // a time of day whose UTC is 23:59:60, mostly
    const hour = random(24), minute = random(60), ahead = random(2) === 0;
    const utc = 23 * 60 + 59 + (ahead ? 1 : -1) * (hour * 60 + minute);
    const local = ((utc + 1440) % 1440) + pick([0, 0, 0, 1, 60, 1440]);
    const pad = (n) => String(n).padStart(2, '0');
    return `${pad(Math.floor(local / 60))}:${pad(local % 60)}:60${ahead ? '+' : '-'}${pad(hour)}:${pad(minute)}`;
};
const fraction = () => pick(['', '', '.5', '.123456', '.123456789', '.1234567890', '.', ',5']);
const count = () => pick(['1', '0', '12', '007', '', '9223372036854', '9223372036855', '106751991', '99999999999999999999']);
const encoded = (more) => times(6, () => pick(['a', 'Z', '9', '-', '.', '_', '~', '!', '$', '&', "'", '(', ')', '*', '+', ',',
    ';', '=', '%20', '%aF', '%4', '%', ...more]));

const MAKERS = {
    date,
    'date-time': () => pick([
        () => `${date()}${pick(['T', 'T', 'T', 't', ' ', '\n', ''])}${two(25)}:${two(61)}:${two(62)}${fraction()}${offset()}`,
        () => `${pick(['1998-12-31', '0000-01-01', '9999-12-31'])}T${two(24)}:${two(60)}:${two(60)}${fraction()}${offset()}`,
        () => `1998-12-31T${leap()}`,
        () => `1998-12-31T${pick(['24:59:60+01:00', '23:99:60+00:40', '23:59:60.5Z', '23:58:60Z'])}`,
    ])(),
    duration: () => pick(['', '', '', '-', '+']) + 'P' + pick([
        () => `${count()}W`,
        () => times(1, () => `${count()}Y`) + times(1, () => `${count()}M`) + times(1, () => `${count()}D`) +
            times(1, () => 'T' + times(1, () => `${count()}H`) + times(1, () => `${count()}M`) +
                times(1, () => `${count()}${fraction()}S`)),
        () => times(4, () => count() + pick(['Y', 'M', 'D', 'T', 'H', 'M', 'S', 'W'])),
    ])(),
    uuid: () => pick(['', '', '', 'urn:uuid:', 'URN:UUID:', '{']) + [8, 4, 4, 4, 12].map((size) =>
        Array.from({ length: size }, () => pick([...'0123456789abcdefABCDEF'])).join('')).join('-'),
    email: () => pick(['a', 'b.c', '+x', '1']) +
        times(2, () => pick(['a', 'b.c', '+x', '.', "!#$%&'*/=?^_`{|}~-", '"q"', ' ', 'ä', 'a'.repeat(61)])) +
        pick(['@', '@', '@', '@', '@@', '']) + pick(['', '', '', 'a.'.repeat(115 + random(12))]) + Array.from({ length: 1 + random(5) }, label).join(pick(['.', '.', '.', '..'])),
    hostname: () => Array.from({ length: 1 + random(5) }, label).join('.') + pick(['', '', '', '.', '..']),
    ipv4,
    ipv6,
    uri: () => pick(['a', 'http', 'x+y-z.1', '1a', '', 'A']) + pick([':', ':', ':', '']) + pick([
        () => '//' + pick(['', '', encoded([':']) + '@']) + pick([encoded([]), 'host', `[${ipv6()}]`, `[v1.${encoded([':'])}]`,
            ipv4(), '[::01.2.3.4]', '[::1.2.3.04]']) + pick(['', '', ':', ':80', ':8x']) + pick(['', '/', '/' + encoded(['/', ':', '@'])]),
        () => '/' + pick(['', encoded(['/', ':', '@']), `[${ipv6()}]`, '[::1]']),
        () => encoded(['/', ':', '@']),
    ])() + pick(['', '', '?' + encoded(['/', '?', ':', '@', '[', '"'])]) +
        pick(['', '', '#' + encoded(['/', '?', '#', '<'])]),
};
const STRAY = [...' \n\t\0.:-/@%0a9Z[]"ä€', '\u2028', '\u212a'];

/** A text of the format, a text nearly of it, or a text of another. */
function make(name) {
    let text = (random(20) === 0 ? MAKERS[pick(Object.keys(MAKERS))] : MAKERS[name])();
    for (let changes = pick([0, 0, 0, 1, 1, 2]); changes > 0; changes--) {
        const at = random(text.length + 1), size = random(3);
        text = text.slice(0, at) + pick(['', pick(STRAY), text.slice(at, at + size).repeat(2)]) + text.slice(at + size);
    }
    return text;
}

// ---------------------------------------------------------------- comparison

const asked = Object.keys(MAKERS).flatMap((name) => Array.from({ length: PER_FORMAT }, () => [name, make(name)]));
const input = asked.map(([name, text]) => `${name} ${Buffer.from(text).toString('hex')}\n`).join('');
const ran = spawnSync(program, { input, maxBuffer: 1 << 24, encoding: 'utf8' });
const answers = ran.stdout.trim().split('\n');
if (ran.status !== 0 || answers.length !== asked.length) {
    console.error(ran.error ?? ran.stderr);
    process.exit(1);
}

let unexplained = 0, stale = 0;
for (const name of Object.keys(MAKERS)) {
    const seen = new Map(CLASSES[name].map(([title]) => [title, 0]));
    let both = 0, none = 0;
    asked.forEach(([format, text], i) => {
        if (format !== name) {
            return;
        }
        const we = Number(answers[i]), they = Number(theirs(name, text));
        if (we === they) {
            we ? both++ : none++;
            return;
        }
        const found = CLASSES[name].find(([, who, looks]) => who === we && looks.test(text));
        if (found) {
            seen.set(found[0], seen.get(found[0]) + 1);
        } else if (unexplained++ < 50) {
            console.log(`FAIL ${name}: we say ${we}, they ${they}: ${JSON.stringify(text)}`);
        }
    });
    console.log(`${name}: both take ${both}, both refuse ${none}`);
    for (const [title, times] of seen) {
        console.log(`    ${title}: ${times}`);
        stale += times === 0;
    }
}
console.log(`${asked.length} texts, ${unexplained} unexplained differences, ${stale} classes without one`);
process.exit(unexplained + stale === 0 ? 0 : 1);
