/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The server's listening socket. The option --listen specifies its address, or systemd passes the
 * open socket.
 */
#ifndef VMTOLL_ADDRESS_H
#define VMTOLL_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "model/complaint.h"

/**
 * struct address - an address and a port
 * @socket: the address for bind(2)
 */
struct address {
	struct sockaddr_storage socket;
	socklen_t bytes;
};

#define ADDRESS_TEXT 80

/*
 * Parse "ADDRESS:PORT". ADDRESS is an IPv4 address, an IPv6 address in brackets, or "localhost".
 * Port 0 selects a free port. Returns -EINVAL if the text is not such an address.
 */
int address_parse(const char *text, struct address *address, struct complaint *complaint);

/*
 * Return true if only this machine can connect to the address: it is a loopback address or a UNIX
 * socket.
 */
bool address_is_local(const struct address *address);

/*
 * Return true if @host is an IP address or "localhost", with or without a port. @host is the value
 * of the HTTP header Host. It is NULL if the request has no such header. The result is then true,
 * because such a request did not come from a browser.
 *
 * This check prevents DNS rebinding. In this attack, the name of another site resolves to
 * 127.0.0.1. The browser then sends the requests of a page of that site to the server on this
 * machine, and lets the page read the responses. The header Host of such a request contains the
 * name of the other site.
 */
bool address_host_is_local(const char *host);

/* Return true if this is a loopback address. */
bool address_is_loopback(const struct address *address);

/* Write "ADDRESS:PORT", or the path of a UNIX socket. Returns @text. */
const char *address_text(const struct address *address, char *text, size_t bytes);

/*
 * Create a socket that listens on @address. Returns the socket, or a negative errno. The caller
 * must close the socket. @address is set to the actual address, with the actual port.
 */
int address_listen(struct address *address, struct complaint *complaint);

/*
 * Return the listening socket that systemd has passed (sd_listen_fds(3)), and set @address.
 * Return 0 if systemd has passed no socket. Return a negative errno on failure.
 */
int address_inherited(struct address *address, struct complaint *complaint);

#endif
