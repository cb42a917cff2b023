// The RealWorld API as its specification has it (OpenAPI document 1.1.0, server path /api), in short:
//
//     'METHOD /path': { token, query, path, body, STATUS: answer, failures }
//
// token: one must be sent.  Objects stand for objects, an array of one for a list; a '?' behind a name means that the
// member may be missing, and all other members are required.
const text = 'string', integer = 'integer', flag = 'boolean', time = 'date-time';

const user = { email: text, token: text, username: text, bio: text, image: text };
const profile = { username: text, bio: text, image: text, following: flag };
const summary = {
    slug: text, title: text, description: text, tagList: [text], createdAt: time, updatedAt: time,
    favorited: flag, favoritesCount: integer, author: profile,
};
const article = { ...summary, body: text };
const comment = { id: integer, createdAt: time, updatedAt: time, body: text, author: profile };

const page = { 'limit?': integer, 'offset?': integer };
const username = { username: text }, slug = { slug: text };
const articles = { articles: [summary], articlesCount: integer };
const invalid = { 422: true }, either = { 401: true, ...invalid };

export const OPERATIONS = {
    'POST /users/login': { body: { user: { email: text, password: text } }, 200: { user }, failures: either },
    'POST /users': { body: { user: { username: text, email: text, password: text } }, 201: { user }, failures: invalid },
    'GET /user': { token: true, 200: { user }, failures: either },
    'PUT /user': {
        token: true, 200: { user }, failures: either,
        body: { user: { 'email?': text, 'password?': text, 'username?': text, 'bio?': text, 'image?': text } },
    },
    'GET /profiles/{username}': { path: username, 200: { profile }, failures: either },
    'POST /profiles/{username}/follow': { token: true, path: username, 200: { profile }, failures: either },
    'DELETE /profiles/{username}/follow': { token: true, path: username, 200: { profile }, failures: either },
    'GET /articles/feed': { token: true, query: page, 200: articles, failures: either },
    'GET /articles': { query: { 'tag?': text, 'author?': text, 'favorited?': text, ...page }, 200: articles, failures: either },
    'POST /articles': {
        token: true, 201: { article }, failures: either,
        body: { article: { title: text, description: text, body: text, 'tagList?': [text] } },
    },
    'GET /articles/{slug}': { path: slug, 200: { article }, failures: invalid },
    'PUT /articles/{slug}': {
        token: true, path: slug, 200: { article }, failures: either,
        body: { article: { 'title?': text, 'description?': text, 'body?': text } },
    },
    'DELETE /articles/{slug}': { token: true, path: slug, 204: null, failures: either },
    'GET /articles/{slug}/comments': { path: slug, 200: { comments: [comment] }, failures: either },
    'POST /articles/{slug}/comments': { token: true, path: slug, body: { comment: { body: text } }, 200: { comment }, failures: either },
    'DELETE /articles/{slug}/comments/{id}': { token: true, path: { ...slug, id: integer }, 204: null, failures: either },
    'POST /articles/{slug}/favorite': { token: true, path: slug, 200: { article }, failures: either },
    'DELETE /articles/{slug}/favorite': { token: true, path: slug, 200: { article }, failures: either },
    'GET /tags': { 200: { tags: [text] }, failures: invalid },
};

// What a failure with a body has.
export const FAILURE = { errors: { body: [text] } };

/** What stands at a reference within the document. */
export const resolve = (document, value) =>
    (value.$ref ? value.$ref.slice(2).split('/').reduce((at, name) => at[name], document) : value);

/** A schema of an OpenAPI document in the words above. */
export function shape(document, schema) {
    schema = resolve(document, schema);
    const types = [schema.type].flat();
    if (types.includes('object')) {
        return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, member]) =>
            [schema.required?.includes(name) ? name : `${name}?`, shape(document, member)]));
    }
    if (types.includes('array')) return [shape(document, schema.items)];
    return [schema.format === 'date-time' ? 'date-time' : types[0], ...types.slice(1)].join(' or ');
}

/** The operations of an OpenAPI document whose paths begin with `base`, in the words above. */
export function operations(document, base = '') {
    const found = {};
    for (const [path, methods] of Object.entries(document.paths)) {
        for (const [method, operation] of Object.entries(methods)) {
            const one = { failures: {} };
            const ways = operation.security ?? document.security ?? []; // one of them without a scheme: nobody may ask
            if (ways.length > 0 && ways.every((way) => Object.keys(way).length > 0)) one.token = true;
            for (const parameter of (operation.parameters ?? []).map((one) => resolve(document, one))) {
                (one[parameter.in] ??= {})[parameter.required ? parameter.name : `${parameter.name}?`] = shape(document, parameter.schema);
            }
            if (operation.requestBody) one.body = shape(document, resolve(document, operation.requestBody).content['application/json'].schema);
            for (const [status, response] of Object.entries(operation.responses)) {
                const json = resolve(document, response).content?.['application/json'];
                if (+status >= 400) one.failures[status] = true;
                else if (status !== 'default') one[status] = json ? shape(document, json.schema) : null;
            }
            found[`${method.toUpperCase()} ${path.slice(base.length)}`] = one;
        }
    }
    return found;
}

/** What is different, a line each: "GET /x body.user.bio: string, not string or null". */
export function differences(wanted, found, place = '') {
    const isPlain = (value) => value === null || typeof value !== 'object';
    if (isPlain(wanted) || isPlain(found)) {
        return wanted === found ? [] : [`${place}: ${JSON.stringify(found) ?? 'nothing'}, not ${JSON.stringify(wanted) ?? 'nothing'}`];
    }
    const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
    return names.flatMap((name) => differences(wanted[name], found[name], place ? `${place} ${name}` : name));
}
