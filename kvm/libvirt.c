// SPDX-License-Identifier: GPL-2.0
/* The names and UUIDs of libvirt's domains, see libvirt.h. */
#include "kvm/libvirt.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kvm/small_file.h"
#include "model/array.h"
#include "model/number.h"

#define FILE_BYTES   (256 * 1024)
#define SPACE	     " \t\r\n"
#define NAME_ENDS_AT SPACE "/>="

/* A part of the file's text, such as a name or a value. */
struct part {
	const char *start;
	size_t length;
};

/**
 * struct element - a start tag or an end tag
 * @name: the name of the element
 * @attributes: the text after the name
 * @text: the text after the tag
 * @is_end: the tag is an end tag, as in "</name>"
 * @is_empty: the start tag also ends the element, as in "<name/>"
 */
struct element {
	struct part name;
	const char *attributes;
	const char *text;
	bool is_end;
	bool is_empty;
};

static bool part_is(const struct part *part, const char *text)
{
	return part->length == strlen(text) && !memcmp(part->start, text, part->length);
}

/* Return the end of the tag at @at, or NULL. A value in quotes may contain ">". */
static const char *tag_end(const char *at)
{
	for (; *at && *at != '>'; at++) {
		if (*at != '"' && *at != '\'')
			continue;
		at = strchr(at + 1, *at);
		if (!at)
			return NULL;
	}
	return *at ? at : NULL;
}

/*
 * If a comment, a processing instruction or a CDATA section starts at @at, return a pointer to the
 * text after it, or NULL if its end is missing. Otherwise, return @at.
 */
static const char *skip_special(const char *at)
{
	static const struct {
		const char *start;
		const char *end;
	} specials[] = { { "<!--", "-->" }, { "<?", "?>" }, { "<![CDATA[", "]]>" } };

	for (size_t i = 0; i < ARRAY_SIZE(specials); i++) {
		if (strncmp(at, specials[i].start, strlen(specials[i].start)))
			continue;
		at = strstr(at + strlen(specials[i].start), specials[i].end);
		return at ? at + strlen(specials[i].end) : NULL;
	}
	return at;
}

/*
 * Find the next tag after @at. Returns false if there is no further tag, or if the tag is
 * malformed.
 */
static bool next_element(const char *at, struct element *element)
{
	const char *end;

	while ((at = strchr(at, '<'))) {
		const char *after = skip_special(at);

		if (!after)
			return false;
		if (after == at)
			break;
		at = after;
	}
	if (!at || at[1] == '!')
		return false;
	end = tag_end(at);
	if (!end)
		return false;
	element->is_end = at[1] == '/';
	at += element->is_end ? 2 : 1;
	element->name = (struct part){ at, strcspn(at, NAME_ENDS_AT) };
	element->attributes = at + element->name.length;
	element->is_empty = end[-1] == '/';
	element->text = end + 1;
	return element->name.length;
}

/* Find the value of an attribute. Returns false if the element does not have it. */
static bool attribute_find(const struct element *element, const char *name, struct part *value)
{
	const char *at = element->attributes;

	while (at < element->text) {
		struct part key;
		const char *end;

		at += strspn(at, SPACE);
		key = (struct part){ at, strcspn(at, NAME_ENDS_AT) };
		at += key.length;
		if (!key.length || *at != '=' || (at[1] != '"' && at[1] != '\''))
			return false;
		end = strchr(at + 2, at[1]);
		if (!end)
			return false;
		*value = (struct part){ at + 2, (size_t)(end - at - 2) };
		if (part_is(&key, name))
			return true;
		at = end + 1;
	}
	return false;
}

/*
 * Return the character that the entity at *@at stands for, and move *@at past the entity.
 * Returns 0 if the entity is unknown.
 */
static char take_entity(const char **at)
{
	static const struct {
		const char *text;
		char character;
	} entities[] = {
		{ "&lt;", '<' },   { "&gt;", '>' },    { "&amp;", '&' },
		{ "&quot;", '"' }, { "&apos;", '\'' },
	};

	for (size_t i = 0; i < ARRAY_SIZE(entities); i++) {
		size_t length = strlen(entities[i].text);

		if (strncmp(*at, entities[i].text, length))
			continue;
		*at += length;
		return entities[i].character;
	}
	return 0;
}

/* Copy the text up to the next tag. Returns false if it is too long or malformed. */
static bool copy_text(const char *at, char *text, size_t bytes)
{
	size_t used = 0;

	while (*at && *at != '<') {
		char character = *at == '&' ? take_entity(&at) : *at++;

		if (!character || used + 1 == bytes)
			return false;
		text[used++] = character;
	}
	text[used] = '\0';
	return *at && used;
}

static bool take_pid(const struct element *element, struct libvirt_domain *domain)
{
	char text[16] = "";
	struct part value;

	if (!part_is(&element->name, "domstatus") || !attribute_find(element, "pid", &value) ||
	    value.length >= sizeof(text))
		return false;
	memcpy(text, value.start, value.length);
	return !number_parse_u32(text, &domain->pid) && domain->pid;
}

/*
 * Store the text of the element <name> or <uuid>. Ignore all other elements. Returns false if
 * the text is malformed.
 */
static bool take_child(const struct element *element, struct libvirt_domain *domain)
{
	char uuid[UUID_BYTES];

	if (part_is(&element->name, "name"))
		return copy_text(element->text, domain->name, sizeof(domain->name));
	if (part_is(&element->name, "uuid"))
		return copy_text(element->text, uuid, sizeof(uuid)) &&
		       uuid_copy(uuid, domain->uuid);
	return true;
}

/*
 * The file has the form <domstatus pid="PID"><domain><name>NAME</name><uuid>UUID</uuid>...
 * Elements called <name> or <uuid> also occur elsewhere in the file, so use only direct children
 * of <domain>.
 */
bool libvirt_parse(const char *xml, struct libvirt_domain *domain)
{
	struct element element = { .text = xml };
	bool is_in_domain = false;
	size_t depth = 0;

	*domain = (struct libvirt_domain){ 0 };
	while (next_element(element.text, &element)) {
		if (element.is_end) {
			if (!depth-- || (depth == 1 && is_in_domain))
				break;
			continue;
		}
		if (!depth && !take_pid(&element, domain))
			return false;
		if (depth == 1)
			is_in_domain = part_is(&element.name, "domain");
		if (depth == 2 && is_in_domain && !take_child(&element, domain))
			return false;
		if (*domain->name && *domain->uuid)
			break;
		depth += !element.is_empty;
	}
	return domain->pid && *domain->name;
}

bool libvirt_read(const char *run, const char *name, struct libvirt_domain *domain)
{
	struct small_file file;
	char path[PATH_MAX];
	bool found;

	*domain = (struct libvirt_domain){ 0 };
	if (strlen(name) >= LIBVIRT_NAME || strchr(name, '/') || *name == '.' ||
	    snprintf(path, sizeof(path), "%s/libvirt/qemu/%s.xml", run, name) >= (int)sizeof(path))
		return false;
	if (small_file_read(path, FILE_BYTES, &file))
		return false;
	found = libvirt_parse(file.text, domain);
	domain->owner = file.owner;
	small_file_release(&file);
	return found;
}
