// SPDX-License-Identifier: GPL-2.0
/*
 * Asking the agent.
 */

#include "ctl/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct ctl_client {
	FILE *stream;
	char *line;
	size_t size;
};

static int dial(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr,
			       sizeof(addr)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

struct ctl_client *ctl_client_new(const char *path, char why[CTL_CLIENT_WHY])
{
	struct ctl_client *c;
	int fd = dial(path);

	if (fd < 0) {
		snprintf(why, CTL_CLIENT_WHY,
			 "no agent answers on %.100s (%s): is tunneld running?",
			 path, strerror(errno));
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (c)
		c->stream = fdopen(fd, "r+");
	if (!c || !c->stream) {
		close(fd);
		free(c);
		snprintf(why, CTL_CLIENT_WHY, "out of memory");
		return NULL;
	}
	return c;
}

void ctl_client_free(struct ctl_client *c)
{
	if (!c)
		return;
	fclose(c->stream);
	free(c->line);
	free(c);
}

struct json_object *ctl_client_next(struct ctl_client *c)
{
	if (getline(&c->line, &c->size, c->stream) < 0)
		return NULL;
	return json_tokener_parse(c->line);
}

struct json_object *ctl_client_ask(struct ctl_client *c,
				   struct json_object *request,
				   char why[CTL_CLIENT_WHY])
{
	struct json_object *answer, *v;

	fprintf(c->stream, "%s\n",
		json_object_to_json_string_ext(request,
					       JSON_C_TO_STRING_PLAIN));
	fflush(c->stream);
	/* A stream that is read after it was written must be repositioned. */
	fseek(c->stream, 0, SEEK_CUR);
	answer = ctl_client_next(c);
	if (!answer) {
		snprintf(why, CTL_CLIENT_WHY, "the agent hung up");
		return NULL;
	}
	if (json_object_object_get_ex(answer, "ok", &v) &&
	    json_object_get_boolean(v))
		return answer;
	snprintf(why, CTL_CLIENT_WHY, "%.200s",
		 json_object_object_get_ex(answer, "error", &v) ?
		 json_object_get_string(v) : "the agent's answer makes no sense");
	json_object_put(answer);
	return NULL;
}
