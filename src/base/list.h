/* SPDX-License-Identifier: MIT */
/*
 * list - an intrusive doubly linked list
 *
 * The links live in the structs that are listed, so moving one from list to
 * list allocates nothing and cannot fail. A link is on one list at most; a
 * link on none points to itself. No locks: one owner at a time.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

/* The struct of `type` whose member `member` is the link at `link`. */
#define LIST_ITEM(link, type, member) \
    ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* An empty list, or a link on none. */
static inline void list_init(struct list *l)
{
    l->next = l;
    l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

/* Put the link at the end of the list. It must be on none. */
static inline void list_push(struct list *l, struct list *link)
{
    link->prev = l->prev;
    link->next = l;
    l->prev->next = link;
    l->prev = link;
}

/* Take the link off its list, if it is on one. */
static inline void list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

/* Take the first link off the list; NULL when there is none. */
static inline struct list *list_pop(struct list *l)
{
    struct list *link = l->next;

    if (link == l)
        return NULL;
    list_remove(link);
    return link;
}

#endif
