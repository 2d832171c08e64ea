/* SPDX-License-Identifier: MIT */
/*
 * secrets - words of the command line that prove who we are
 *
 * The list of processes shows a command's words to everybody, for as long as it
 * runs. They are memory of the process's own: what is secret in them is copied
 * first, then overwritten with x. Somebody may have looked before.
 */
#ifndef CMD_SECRETS_H
#define CMD_SECRETS_H

struct args_list;

/* Overwrite all of a word. */
void secrets_hide(const char *word);

/* Overwrite what follows the first of these characters, or nothing. */
void secrets_hide_after(const char *word, char mark);

/* Copies of URLs, whose user and password are then overwritten: what is before
 * the last @ of the authority. The caller frees by mem_free, or by
 * secrets_release. */
char *secrets_take_url(const char *word);
void secrets_take_urls(const struct args_list *words, struct args_list *copies);
void secrets_release(struct args_list *copies);

#endif
