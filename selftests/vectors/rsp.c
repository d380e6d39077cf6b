// SPDX-License-Identifier: GPL-2.0
#include "rsp.h"

#include <string.h>
#include <strings.h>

#define FOLDER	"/usr/lib/python3/dist-packages/cryptography_vectors/"

void rsp_open(struct rsp *r, const char *path)
{
	char full[512];

	memset(r, 0, sizeof(*r));
	r->path = path;
	snprintf(full, sizeof(full), FOLDER "%s", path);
	r->file = fopen(full, "r");
	if (!r->file)
		fail_msg("%s: install python3-cryptography-vectors", full);
}

void rsp_close(struct rsp *r)
{
	fclose(r->file);
}

/* "[IVlen = 96]" or "[ENCRYPT]" */
static void read_bracket(struct rsp *r, const char *line)
{
	if (sscanf(line, "[IVlen = %u]", &r->ivlen) == 1 ||
	    sscanf(line, "[Taglen = %u]", &r->taglen) == 1 ||
	    strchr(line, '='))
		return;
	snprintf(r->section, sizeof(r->section), "%.*s",
		 (int)strcspn(line + 1, "]"), line + 1);
}

/* A field may be empty: "CT = ". */
static void read_field(struct rsp *r, const char *line)
{
	const char *equal = strstr(line, " =");
	const char *text;

	if (!equal || (size_t)(equal - line) >= sizeof(r->fields[0].name))
		fail_msg("%s: a line is no field: %s", r->path, line);
	if (r->field_count == RSP_FIELDS)
		fail_msg("%s: a case has too many fields", r->path);
	text = equal + 2 + strspn(equal + 2, " ");
	snprintf(r->fields[r->field_count].name, sizeof(r->fields[0].name),
		 "%.*s", (int)(equal - line), line);
	snprintf(r->fields[r->field_count].text, sizeof(r->fields[0].text),
		 "%.*s", (int)strcspn(text, "\r\n"), text);
	r->field_count++;
}

bool rsp_next(struct rsp *r)
{
	char line[RSP_LINE];

	r->field_count = 0;
	r->fail = false;
	while (fgets(line, sizeof(line), r->file)) {
		if (line[0] == '#')
			continue;
		if (line[0] == '[') {
			read_bracket(r, line);
		} else if (line[0] == '\r' || line[0] == '\n') {
			if (r->field_count)
				return true;
		} else if (!strncmp(line, "FAIL", 4)) {
			r->fail = true;
		} else {
			read_field(r, line);
		}
	}
	return r->field_count > 0;
}

const char *rsp_text(const struct rsp *r, const char *name)
{
	unsigned int i;

	for (i = 0; i < r->field_count; i++)
		if (!strcasecmp(r->fields[i].name, name))
			return r->fields[i].text;
	fail_msg("%s: a case has no %s", r->path, name);
	return NULL;
}

struct hex rsp_hex(const struct rsp *r, const char *name)
{
	return hex(rsp_text(r, name));
}
