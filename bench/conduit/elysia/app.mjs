// The part of Conduit that the load asks for, on Elysia with bun:sqlite.
//
// PORT, DATABASE, CONDUIT (the folder with its .sql files) and CONDUIT_SECRET come from the environment.
import { Database } from 'bun:sqlite';
import { jwt } from '@elysiajs/jwt';
import { Elysia, status, t } from 'elysia';
import { openStore } from '../store.mjs';

const { PORT, DATABASE, CONDUIT, CONDUIT_SECRET } = process.env;
const store = openStore(new Database(DATABASE, { strict: true }), CONDUIT);

// ---------------------------------------------------------------- failures

const failure = (code, words) => status(code, { errors: { body: [words] } });
const noArticle = (slug) => failure(404, `there is no article "${slug}"`);

const failures = new Elysia({ name: 'failures' })
    .onError({ as: 'global' }, ({ code, error }) => {
        if (code === 'VALIDATION') return failure(422, error.message);
        if (code === 'NOT_FOUND') return failure(404, 'Not Found');
        return failure(code === 'PARSE' ? 400 : 500, error.message);
    });

// ---------------------------------------------------------------- who asks

/** `viewer: 'wanted'` gives the id of the token's user, or null; with 'needed' it is always there. */
const viewers = new Elysia({ name: 'viewers' })
    .use(jwt({ name: 'jwt', secret: CONDUIT_SECRET, alg: 'HS256' }))
    .macro({
        viewer: (how) => ({
            async resolve({ jwt, headers: { authorization }, set }) {
                if (authorization === undefined && how === 'wanted') return { viewer: null };
                set.headers['www-authenticate'] = 'Token';
                if (authorization === undefined) return failure(401, 'This needs credentials.');
                const claims = authorization.startsWith('Token ') && await jwt.verify(authorization.slice(6));
                if (!claims) return failure(401, 'the token is not valid, or not any more');
                const viewer = store.viewer(claims);
                if (viewer === null) return failure(401, 'the user of this token is gone, or has a new password');
                delete set.headers['www-authenticate'];
                return { viewer };
            },
        }),
    });

// ---------------------------------------------------------------- routes

const slug = t.Object({ slug: t.String({ maxLength: 256 }) });

new Elysia({ prefix: '/api' })
    .use(failures)
    .use(viewers)
    .get('/articles', ({ query, viewer }) => store.articles(query, viewer), {
        viewer: 'wanted',
        query: t.Object({
            tag: t.Optional(t.String({ maxLength: 64 })),
            author: t.Optional(t.String({ maxLength: 64 })),
            limit: t.Integer({ minimum: 1, maximum: 100, default: 20 }),
            offset: t.Integer({ minimum: 0, default: 0 }),
        }),
    })
    .get('/articles/:slug', ({ params: { slug }, viewer }) => {
        const article = store.article(slug, viewer);
        return article ? { article } : noArticle(slug);
    }, { viewer: 'wanted', params: slug })
    .post('/articles', ({ body, viewer, set }) => {
        const article = store.addArticle(body.article, viewer);
        set.headers.location = `/api/articles/${encodeURIComponent(article.slug)}`;
        return status(201, { article });
    }, {
        viewer: 'needed',
        body: t.Object({
            article: t.Object({
                title: t.String({ minLength: 1, maxLength: 256 }),
                description: t.String({ maxLength: 1024 }),
                body: t.String({ minLength: 1, maxLength: 65536 }),
                tagList: t.Optional(t.Array(t.String({ minLength: 1, maxLength: 64 }), { maxItems: 20 })),
            }),
        }),
    })
    .post('/articles/:slug/favorite', ({ params: { slug }, viewer }) => {
        const article = store.favorite(slug, viewer);
        return article ? { article } : noArticle(slug);
    }, { viewer: 'needed', params: slug })
    .delete('/articles/:slug/favorite', ({ params: { slug }, viewer }) => {
        const article = store.unfavorite(slug, viewer);
        return article ? { article } : noArticle(slug);
    }, { viewer: 'needed', params: slug })
    .post('/articles/:slug/comments', ({ params: { slug }, body, viewer }) => {
        const comment = store.addComment(slug, body.comment.body, viewer);
        return comment ? { comment } : noArticle(slug);
    }, { viewer: 'needed', params: slug, body: t.Object({ comment: t.Object({ body: t.String({ minLength: 1, maxLength: 8192 }) }) }) })
    .get('/tags', () => ({ tags: store.tags() }))
    .get('/profiles/:username', ({ params: { username }, viewer }) => {
        const profile = store.profile(username, viewer);
        return profile ? { profile } : failure(404, `there is no user "${username}"`);
    }, { viewer: 'wanted', params: t.Object({ username: t.String({ maxLength: 64 }) }) })
    .listen({ port: +PORT, hostname: '127.0.0.1' });
