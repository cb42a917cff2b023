// What each route takes and gives: Fastify checks the one and compiles a serialiser for the other.
const text = { type: 'string' }, whole = { type: 'integer' }, flag = { type: 'boolean' };
const textOrNull = { type: ['string', 'null'] };
const listOf = (items) => ({ type: 'array', items });
const object = (properties) => ({ type: 'object', properties, required: Object.keys(properties) });

const profile = object({ username: text, bio: textOrNull, image: textOrNull, following: flag });
const summary = object({ slug: text, title: text, description: text, tagList: listOf(text), createdAt: text, updatedAt: text,
    favorited: flag, favoritesCount: whole, author: profile });
const article = object({ ...summary.properties, body: text });
const comment = object({ id: whole, createdAt: text, updatedAt: text, body: text, author: profile });

const slug = object({ slug: { type: 'string', maxLength: 256 } });

export const listArticles = {
    querystring: {
        type: 'object',
        properties: {
            tag: { type: 'string', maxLength: 64 },
            author: { type: 'string', maxLength: 64 },
            limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
            offset: { type: 'integer', minimum: 0, default: 0 },
        },
    },
    response: { 200: object({ articles: listOf(summary), articlesCount: whole }) },
};

export const readArticle = { params: slug, response: { 200: object({ article }) } };

export const writeArticle = {
    body: object({
        article: {
            type: 'object',
            required: ['title', 'description', 'body'],
            properties: {
                title: { type: 'string', minLength: 1, maxLength: 256 },
                description: { type: 'string', maxLength: 1024 },
                body: { type: 'string', minLength: 1, maxLength: 65536 },
                tagList: { type: 'array', maxItems: 20, items: { type: 'string', minLength: 1, maxLength: 64 } },
            },
        },
    }),
    response: { 201: object({ article }) },
};

export const addComment = {
    params: slug,
    body: object({ comment: object({ body: { type: 'string', minLength: 1, maxLength: 8192 } }) }),
    response: { 200: object({ comment }) },
};

export const tags = { response: { 200: object({ tags: listOf(text) }) } };

export const readProfile = { params: object({ username: { type: 'string', maxLength: 64 } }), response: { 200: object({ profile }) } };
