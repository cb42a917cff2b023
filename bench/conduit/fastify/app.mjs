// The part of Conduit that the load asks for, on Fastify with better-sqlite3.
//
// PORT, DATABASE, CONDUIT (the folder with its .sql files) and CONDUIT_SECRET come from the environment.
import jwt from '@fastify/jwt';
import Database from 'better-sqlite3';
import Fastify from 'fastify';
import { openStore } from '../store.mjs';
import * as schemas from './schemas.mjs';

const { PORT, DATABASE, CONDUIT, CONDUIT_SECRET } = process.env;
const store = openStore(new Database(DATABASE), CONDUIT);
const app = Fastify({ routerOptions: { maxParamLength: 1024 } });

// ---------------------------------------------------------------- failures

class Failure extends Error {
    constructor(statusCode, message) {
        super(message);
        this.statusCode = statusCode;
    }
}

app.setErrorHandler((error, request, reply) => {
    if (error.statusCode === 401) reply.header('www-authenticate', 'Token');
    reply.code(error.validation ? 422 : error.statusCode ?? 500).send({ errors: { body: [error.message] } });
});
app.setNotFoundHandler(() => {
    throw new Failure(404, 'Not Found');
});

const found = (value, words) => {
    if (value === null) throw new Failure(404, words);
    return value;
};
const noArticle = (slug) => `there is no article "${slug}"`;

// ---------------------------------------------------------------- who asks

app.register(jwt, {
    secret: CONDUIT_SECRET,
    verify: {
        algorithms: ['HS256'],
        extractToken: ({ headers: { authorization } }) => (authorization?.startsWith('Token ') ? authorization.slice(6) : undefined),
    },
});
app.decorateRequest('viewer', null);

/** The user of the token, if there is one; one that is no good is refused. */
async function identify(request) {
    if (request.headers.authorization === undefined) return;
    let claims;
    try {
        claims = await request.jwtVerify();
    } catch {
        throw new Failure(401, 'the token is not valid, or not any more');
    }
    request.viewer = store.viewer(claims);
    if (request.viewer === null) throw new Failure(401, 'the user of this token is gone, or has a new password');
}

async function authenticate(request) {
    await identify(request);
    if (request.viewer === null) throw new Failure(401, 'This needs credentials.');
}

// ---------------------------------------------------------------- routes

app.register(async (api) => {
    api.get('/articles', { onRequest: identify, schema: schemas.listArticles }, (request) => store.articles(request.query, request.viewer));

    api.get('/articles/:slug', { onRequest: identify, schema: schemas.readArticle }, ({ params: { slug }, viewer }) => (
        { article: found(store.article(slug, viewer), noArticle(slug)) }));

    api.post('/articles', { onRequest: authenticate, schema: schemas.writeArticle }, (request, reply) => {
        const article = store.addArticle(request.body.article, request.viewer);
        reply.code(201).header('location', `/api/articles/${encodeURIComponent(article.slug)}`);
        return { article };
    });

    api.post('/articles/:slug/favorite', { onRequest: authenticate, schema: schemas.readArticle }, ({ params: { slug }, viewer }) => (
        { article: found(store.favorite(slug, viewer), noArticle(slug)) }));

    api.delete('/articles/:slug/favorite', { onRequest: authenticate, schema: schemas.readArticle }, ({ params: { slug }, viewer }) => (
        { article: found(store.unfavorite(slug, viewer), noArticle(slug)) }));

    api.post('/articles/:slug/comments', { onRequest: authenticate, schema: schemas.addComment }, ({ params: { slug }, body, viewer }) => (
        { comment: found(store.addComment(slug, body.comment.body, viewer), noArticle(slug)) }));

    api.get('/tags', { schema: schemas.tags }, () => ({ tags: store.tags() }));

    api.get('/profiles/:username', { onRequest: identify, schema: schemas.readProfile }, ({ params: { username }, viewer }) => (
        { profile: found(store.profile(username, viewer), `there is no user "${username}"`) }));
}, { prefix: '/api' });

await app.listen({ port: +PORT, host: '127.0.0.1' });
