// SPDX-License-Identifier: GPL-2.0
/* The schema of recordings, see schema.h. */
#include "store/schema.h"

/* The columns of the table `books` that exist in all versions. */
#define BOOKS_COLUMNS                                         \
	"  interval INTEGER NOT NULL REFERENCES intervals,\n" \
	"  vm INTEGER NOT NULL REFERENCES vms,\n"             \
	"  vcpu INTEGER NOT NULL,\n"                          \
	"  vcpus INTEGER NOT NULL,\n"                         \
	"  wall_tsc INTEGER NOT NULL,\n"                      \
	"  exits INTEGER NOT NULL,\n"                         \
	"  kvm_tsc INTEGER NOT NULL,\n"                       \
	"  vmm_tsc INTEGER NOT NULL,\n"                       \
	"  halt_tsc INTEGER NOT NULL,\n"                      \
	"  lost INTEGER NOT NULL,\n"                          \
	"  ledger_exits INTEGER NOT NULL,\n"                  \
	"  kvm_exits INTEGER NOT NULL,\n"                     \
	"  emulated INTEGER NOT NULL,\n"                      \
	"  recovered INTEGER NOT NULL,\n"                     \
	"  unseen INTEGER NOT NULL,\n"

#define BOOKS_KEY                              \
	"  PRIMARY KEY (interval, vm, vcpu)\n" \
	") WITHOUT ROWID"

/* The table since version 2. */
#define BOOKS                                                                    \
	"CREATE TABLE books (\n" BOOKS_COLUMNS "  guest_tsc INTEGER NOT NULL,\n" \
	"  ready_tsc INTEGER NOT NULL,\n"                                        \
	"  polled_tsc INTEGER NOT NULL,\n" BOOKS_KEY ";\n"

#define VM_INTERVALS                                                                           \
	"CREATE VIEW vm_intervals AS\n"                                                        \
	"  SELECT books.interval, intervals.start_ns, intervals.end_ns, books.vm, vms.name,\n" \
	"    vms.pid, books.vcpu, books.exits,\n"                                              \
	"    books.kvm_tsc * 1e6 / hosts.tsc_khz AS kvm_ns,\n"                                 \
	"    books.vmm_tsc * 1e6 / hosts.tsc_khz AS vmm_ns,\n"                                 \
	"    books.halt_tsc * 1e6 / hosts.tsc_khz AS halt_ns,\n"                               \
	"    books.guest_tsc * 1e6 / hosts.tsc_khz AS guest_ns,\n"                             \
	"    books.ready_tsc * 1e6 / hosts.tsc_khz AS ready_ns,\n"                             \
	"    books.polled_tsc * 1e6 / hosts.tsc_khz AS polled_ns,\n"                           \
	"    books.wall_tsc * 1e6 / hosts.tsc_khz AS wall_ns,\n"                               \
	"    (books.kvm_tsc + books.vmm_tsc) * 1.0 / nullif(books.wall_tsc, 0) AS toll,\n"     \
	"    books.lost\n"                                                                     \
	"  FROM books JOIN intervals ON intervals.id = books.interval\n"                       \
	"    JOIN vms ON vms.id = books.vm JOIN hosts ON hosts.id = intervals.host;\n"

/*
 * The tables with figures are declared WITHOUT ROWID. SQLite then stores their rows in the order
 * of the primary key. The rows of an interval are therefore adjacent, and the oldest intervals can
 * be deleted quickly.
 */
const char schema_sql[] =
	"CREATE TABLE hosts (\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  name TEXT NOT NULL,\n"
	"  boot_id TEXT NOT NULL,\n"
	"  kernel TEXT NOT NULL,\n"
	"  vmtoll TEXT NOT NULL,\n"
	"  source TEXT NOT NULL,\n"
	"  note TEXT NOT NULL,\n"
	"  isa TEXT NOT NULL CHECK (isa IN ('vmx', 'svm')),\n"
	"  tsc_khz INTEGER NOT NULL,\n"
	"  knows INTEGER NOT NULL,\n"
	"  emulated INTEGER NOT NULL,\n"
	"  tsc_unreliable INTEGER NOT NULL\n"
	");\n"
	"CREATE TABLE vms (\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  host INTEGER NOT NULL REFERENCES hosts,\n"
	"  number INTEGER NOT NULL,\n"
	"  pid INTEGER NOT NULL,\n"
	"  name TEXT NOT NULL,\n"
	"  uuid TEXT NOT NULL,\n"
	"  manager_id TEXT NOT NULL,\n"
	"  started_ns INTEGER,\n"
	"  ended_ns INTEGER\n"
	");\n"
	"CREATE TABLE reasons (\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  isa TEXT NOT NULL,\n"
	"  code INTEGER NOT NULL,\n"
	"  kind TEXT NOT NULL CHECK (kind IN ('reason', 'other', 'observer')),\n"
	"  nested INTEGER NOT NULL,\n"
	"  name TEXT NOT NULL,\n"
	"  UNIQUE (isa, code, kind, nested)\n"
	");\n"
	"CREATE TABLE intervals (\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  host INTEGER NOT NULL REFERENCES hosts,\n"
	"  start_ns INTEGER NOT NULL,\n"
	"  end_ns INTEGER NOT NULL,\n"
	"  length_tsc INTEGER NOT NULL,\n"
	"  lost INTEGER NOT NULL\n"
	");\n"
	"CREATE INDEX intervals_end ON intervals (end_ns);\n" BOOKS "CREATE TABLE ledger_rows (\n"
	"  interval INTEGER NOT NULL REFERENCES intervals,\n"
	"  vm INTEGER NOT NULL REFERENCES vms,\n"
	"  vcpu INTEGER NOT NULL,\n"
	"  reason INTEGER NOT NULL REFERENCES reasons,\n"
	"  exits INTEGER NOT NULL,\n"
	"  kvm_tsc INTEGER NOT NULL,\n"
	"  vmm_tsc INTEGER NOT NULL,\n"
	"  halt_tsc INTEGER NOT NULL,\n"
	"  longest_tsc INTEGER NOT NULL,\n"
	"  at_most INTEGER NOT NULL,\n"
	"  histogram TEXT NOT NULL,\n"
	"  PRIMARY KEY (interval, vm, vcpu, reason)\n"
	") WITHOUT ROWID;\n"
	"CREATE TABLE events (\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  interval INTEGER,\n"
	"  ns INTEGER NOT NULL,\n"
	"  kind TEXT NOT NULL,\n"
	"  vm INTEGER REFERENCES vms,\n"
	"  text TEXT NOT NULL\n"
	");\n" VM_INTERVALS "CREATE VIEW reason_intervals AS\n"
	"  SELECT ledger_rows.interval, intervals.start_ns, intervals.end_ns, ledger_rows.vm,\n"
	"    vms.name, vms.pid, ledger_rows.vcpu, reasons.name AS reason, reasons.code,\n"
	"    reasons.kind, reasons.nested, ledger_rows.exits,\n"
	"    ledger_rows.kvm_tsc * 1e6 / hosts.tsc_khz AS kvm_ns,\n"
	"    ledger_rows.vmm_tsc * 1e6 / hosts.tsc_khz AS vmm_ns,\n"
	"    ledger_rows.halt_tsc * 1e6 / hosts.tsc_khz AS halt_ns,\n"
	"    ledger_rows.longest_tsc * 1e6 / hosts.tsc_khz AS longest_ns,\n"
	"    ledger_rows.at_most, ledger_rows.histogram\n"
	"  FROM ledger_rows JOIN intervals ON intervals.id = ledger_rows.interval\n"
	"    JOIN vms ON vms.id = ledger_rows.vm JOIN hosts ON hosts.id = intervals.host\n"
	"    JOIN reasons ON reasons.id = ledger_rows.reason;\n";

const char schema_books_1[] = "CREATE TABLE books (\n" BOOKS_COLUMNS BOOKS_KEY;

const char schema_upgrade_1[] = "BEGIN IMMEDIATE;\n"
				"DROP VIEW vm_intervals;\n"
				"ALTER TABLE books RENAME TO books_1;\n" BOOKS
				"INSERT INTO books SELECT *, 0, 0, 0 FROM books_1;\n"
				"DROP TABLE books_1;\n" VM_INTERVALS "PRAGMA user_version = 2;\n"
				"COMMIT;\n";
