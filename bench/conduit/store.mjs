// What both peers know of the data: the statements of examples/conduit, prepared once, and what is made of their rows.
//
// better-sqlite3 and bun:sqlite have the same methods for this, so only who opens the file differs.
import fs from 'node:fs';
import path from 'node:path';

/** As OpenSpeed sets them for a connection that writes. */
const PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL', 'foreign_keys=ON', 'temp_store=MEMORY', 'mmap_size=67108864'];

/** What a .sql file calls by names: its statements, in which its parts stand by theirs in braces. */
function statementsIn(file) {
    const found = { part: {}, name: {} };
    for (const block of fs.readFileSync(file, 'utf8').split(/^-- (?=(?:part|name): )/m).slice(1)) {
        const [, kind, name, text] = /^(\w+): (\w+).*\n([^]*)$/.exec(block);
        found[kind][name] = text.replace(/^--.*$/gm, '').trim().replace(/\{(\w+)\}/g, (_, part) => found.part[part]);
    }
    return found.name;
}

/** The statements of the .sql files below a folder, by their name. */
function statementsOf(folder) {
    return Object.assign({}, ...fs.readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile() && file.name.endsWith('.sql'))
        .map((file) => statementsIn(path.join(file.parentPath, file.name))));
}

const authorOf = (row) => ({
    username: row['author.username'],
    bio: row['author.bio'],
    image: row['author.image'],
    following: row['author.following'] === 1,
});

const summaryOf = (row) => ({
    slug: row.slug,
    title: row.title,
    description: row.description,
    tagList: JSON.parse(row.tag_list),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    favorited: row.favorited === 1,
    favoritesCount: row.favorites_count,
    author: authorOf(row),
});

const commentOf = (row) => ({
    id: row.id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    body: row.body,
    author: authorOf(row),
});

const slugOf = (title) => title.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-|-$/g, '');

/** The store in an open database; `viewer` is the id of a user, or null.  What is not there is null. */
export function openStore(db, folder) {
    for (const pragma of PRAGMAS) db.exec(`PRAGMA ${pragma}`);
    const texts = { ...statementsOf(path.join(folder, 'lib')), ...statementsOf(path.join(folder, 'routes')) };
    const prepare = (name) => db.prepare(texts[name]);

    const userOfToken = prepare('user_of_token');
    const articleBySlug = prepare('article_by_slug');
    const lists = {
        author: [prepare('articles_of_author'), prepare('count_of_author')],
        tag: [prepare('articles_of_tag'), prepare('count_of_tag')],
        newest: [prepare('articles_newest'), prepare('count_newest')],
    };
    const tagsInUse = prepare('tags_in_use');
    const profileByName = prepare('profile_by_name');
    const articleAdd = prepare('article_add'), tagsAdd = prepare('tags_add'), articleTagsAdd = prepare('article_tags_add');
    const favoriteAdd = prepare('favorite_add'), favoriteRemove = prepare('favorite_remove');
    const commentAdd = prepare('comment_add'), commentById = prepare('comment_by_id');

    // The article and its tags appear together or not at all.
    const insertArticle = db.transaction((values) => {
        const { id, slug } = articleAdd.get(values);
        tagsAdd.run({ tag_list: values.tag_list });
        articleTagsAdd.run({ article_id: id, tag_list: values.tag_list });
        return slug;
    });

    const store = {
        /** The id of the user whom a token's claims name. */
        viewer: ({ uid, session }) => userOfToken.get({ uid, session })?.id ?? null,

        article(slug, viewer) {
            const row = articleBySlug.get({ slug, viewer_id: viewer });
            return row ? { ...summaryOf(row), body: row.body } : null;
        },
        articles({ tag, author, limit, offset }, viewer) {
            const [list, count] = lists[author !== undefined ? 'author' : tag !== undefined ? 'tag' : 'newest'];
            const filter = author !== undefined ? { author, tag: tag ?? null } : tag !== undefined ? { tag } : {};
            return {
                articles: list.all({ ...filter, limit, offset, viewer_id: viewer }).map(summaryOf),
                articlesCount: count.get(filter)['count(*)'],
            };
        },
        tags: () => JSON.parse(tagsInUse.get().tags),
        profile(username, viewer) {
            const row = profileByName.get({ username, viewer_id: viewer });
            return row ? { username: row.username, bio: row.bio, image: row.image, following: row.following === 1 } : null;
        },

        addArticle({ title, description, body, tagList = [] }, viewer) {
            const slug = insertArticle.immediate({ slug: slugOf(title), title, description, body, tag_list: JSON.stringify(tagList),
                author_id: viewer, now: new Date().toISOString() });
            return store.article(slug, viewer);
        },
        favorite(slug, viewer) {
            favoriteAdd.run({ me: viewer, slug });
            return store.article(slug, viewer);
        },
        unfavorite(slug, viewer) {
            favoriteRemove.run({ me: viewer, slug });
            return store.article(slug, viewer);
        },
        addComment(slug, body, viewer) {
            const added = commentAdd.get({ slug, body, me: viewer, now: new Date().toISOString() });
            return added ? commentOf(commentById.get({ id: added.id, viewer_id: viewer })) : null;
        },
    };
    return store;
}
