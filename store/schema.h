/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The schema of recordings. vmtoll-recording(5) documents it for users, so both must be changed
 * together. To add a table or a column, increase SCHEMA_VERSION. Tables and columns are never
 * removed.
 */
#ifndef VMTOLL_SCHEMA_H
#define VMTOLL_SCHEMA_H

#define SCHEMA_APPLICATION 0x766d746c /* PRAGMA application_id: "vmtl" */
#define SCHEMA_VERSION	   1 /* PRAGMA user_version */

/* The column `vcpu` of a sum over all vCPUs of a VM. */
#define SCHEMA_ALL_VCPUS (-1)

/* The statements that create the tables and views of an empty recording. */
extern const char schema_sql[];

#endif
