/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The schema of recordings. vmtoll-recording(5) documents it for users, so both must be changed
 * together. To add a table or a column, increase SCHEMA_VERSION. Tables and columns are never
 * removed. Recordings with an older version can be read, and are upgraded when they are continued.
 */
#ifndef VMTOLL_SCHEMA_H
#define VMTOLL_SCHEMA_H

#define SCHEMA_APPLICATION 0x766d746c /* PRAGMA application_id: "vmtl" */
#define SCHEMA_VERSION	   2 /* PRAGMA user_version */

/* The value of the column `vcpu` in rows that sum up all vCPUs of a VM. */
#define SCHEMA_ALL_VCPUS (-1)

/* The statements that create the tables and views of an empty recording. */
extern const char schema_sql[];

/* The statement that created the table `books` in version 1. Version 2 has additional columns. */
extern const char schema_books_1[];

/* The statements that upgrade a recording from version 1 to version 2, in one transaction. */
extern const char schema_upgrade_1[];

#endif
