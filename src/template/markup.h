/* What is known of elements and attributes. */
#ifndef OSP_TEMPLATE_MARKUP_H
#define OSP_TEMPLATE_MARKUP_H

#include <openspeed/base.h>

typedef enum osp_place_kind {
    OSP_PLACE_TEXT = 0,
    OSP_PLACE_RCDATA,  /* text of a title or textarea: no tags */
    OSP_PLACE_RAW,     /* text of an element that knows no entities */
    OSP_PLACE_COMMENT, /* <!-- --> */
    OSP_PLACE_DECLARATION,
    OSP_PLACE_TAG_NAME,
    OSP_PLACE_TAG, /* between attributes */
    OSP_PLACE_NAME,
    OSP_PLACE_AFTER_NAME,
    OSP_PLACE_BEFORE_VALUE,
    OSP_PLACE_VALUE, /* of an attribute */
    OSP_PLACE_CODE   /* within a script or style */
} osp_place_kind;

/* What the text of a place is: of an attribute or an element. */
typedef enum osp_language {
    OSP_LANGUAGE_PLAIN = 0,
    OSP_LANGUAGE_URL,
    OSP_LANGUAGE_SRCSET,
    OSP_LANGUAGE_CSS,
    OSP_LANGUAGE_JS,
    OSP_LANGUAGE_DOCUMENT,
    OSP_LANGUAGE_FIXED /* no value can stand there */
} osp_language;

typedef enum osp_element {
    OSP_ELEMENT_OTHER = 0,
    OSP_ELEMENT_SCRIPT,
    OSP_ELEMENT_STYLE,
    OSP_ELEMENT_TITLE,
    OSP_ELEMENT_TEXTAREA,
    OSP_ELEMENT_IFRAME, /* and the others whose text knows no entities */
    OSP_ELEMENT_XMP,
    OSP_ELEMENT_NOEMBED,
    OSP_ELEMENT_NOFRAMES,
    OSP_ELEMENT_PLAINTEXT,
    OSP_ELEMENT_FORM,
    OSP_ELEMENT_META,
    OSP_ELEMENT_SVG,
    OSP_ELEMENT_MATH,
    OSP_ELEMENT_FOREIGN_OBJECT, /* and what else of SVG holds HTML */
    OSP_ELEMENT_ANIMATION,      /* of SVG: it sets attributes of others */
    OSP_ELEMENT_COUNT
} osp_element;

/* Attributes that say something of their tag. */
typedef enum osp_attribute {
    OSP_ATTRIBUTE_OTHER = 0,
    OSP_ATTRIBUTE_TYPE,
    OSP_ATTRIBUTE_METHOD,
    OSP_ATTRIBUTE_ACTION,
    OSP_ATTRIBUTE_FORMACTION,
    OSP_ATTRIBUTE_NONCE,
    OSP_ATTRIBUTE_HTTP_EQUIV,
    OSP_ATTRIBUTE_CONTENT
} osp_attribute;

/* The element of a name, in any case. */
osp_element osp_element_of(osp_str name);
/* "script"; of those that have text of their own. */
const char *osp_element_name(osp_element element);
/* What the text of an element is made of, outside of SVG. */
osp_place_kind osp_element_text(osp_element element);
/* What an attribute's value is; name: in lower case. */
osp_language osp_attribute_language(osp_element element, osp_str name);
osp_attribute osp_attribute_of(osp_str name);
/* Whether a script of this type, in lower case, is a program or JSON; else it is text for others.
 */
bool osp_script_runs(osp_str type);
/* The byte that a character reference stands for, at the front of `text`; its length, 0: it is
 * none. ASCII alone, which is all that means something to what reads attributes. */
size_t osp_reference_read(osp_str text, char *ret_byte);

#endif
