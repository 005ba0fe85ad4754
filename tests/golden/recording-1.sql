-- A recording with version 1 of the schema, as SQL. vmtoll 0.2.0 wrote it.
BEGIN TRANSACTION;
CREATE TABLE hosts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  kernel TEXT NOT NULL,
  vmtoll TEXT NOT NULL,
  source TEXT NOT NULL,
  note TEXT NOT NULL,
  isa TEXT NOT NULL CHECK (isa IN ('vmx', 'svm')),
  tsc_khz INTEGER NOT NULL,
  knows INTEGER NOT NULL,
  emulated INTEGER NOT NULL,
  tsc_unreliable INTEGER NOT NULL
);
INSERT INTO hosts VALUES(1,'host','2b3a67c1-95cf-4f0e-8b7c-3f6c5f0d1a11','6.12.0-1-amd64','0.2.0','kmod (host)','','svm',2000000,2047,0,0);
CREATE TABLE vms (
  id INTEGER PRIMARY KEY,
  host INTEGER NOT NULL REFERENCES hosts,
  number INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  name TEXT NOT NULL,
  uuid TEXT NOT NULL,
  manager_id TEXT NOT NULL,
  started_ns INTEGER,
  ended_ns INTEGER
);
INSERT INTO vms VALUES(1,1,2,2001,'','','',NULL,NULL);
INSERT INTO vms VALUES(2,1,4,2003,'','','',NULL,NULL);
CREATE TABLE reasons (
  id INTEGER PRIMARY KEY,
  isa TEXT NOT NULL,
  code INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('reason', 'other', 'observer')),
  nested INTEGER NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (isa, code, kind, nested)
);
INSERT INTO reasons VALUES(1,'svm',1024,'reason',0,'NPF');
INSERT INTO reasons VALUES(2,'svm',123,'reason',0,'IOIO');
INSERT INTO reasons VALUES(3,'svm',120,'reason',0,'HLT');
INSERT INTO reasons VALUES(4,'svm',124,'reason',0,'MSR');
INSERT INTO reasons VALUES(5,'svm',0,'observer',0,'observer');
CREATE TABLE intervals (
  id INTEGER PRIMARY KEY,
  host INTEGER NOT NULL REFERENCES hosts,
  start_ns INTEGER NOT NULL,
  end_ns INTEGER NOT NULL,
  length_tsc INTEGER NOT NULL,
  lost INTEGER NOT NULL
);
INSERT INTO intervals VALUES(1,1,1795333039713780604,1795333040713780604,2000000000,0);
CREATE TABLE books (
  interval INTEGER NOT NULL REFERENCES intervals,
  vm INTEGER NOT NULL REFERENCES vms,
  vcpu INTEGER NOT NULL,
  vcpus INTEGER NOT NULL,
  wall_tsc INTEGER NOT NULL,
  exits INTEGER NOT NULL,
  kvm_tsc INTEGER NOT NULL,
  vmm_tsc INTEGER NOT NULL,
  halt_tsc INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  ledger_exits INTEGER NOT NULL,
  kvm_exits INTEGER NOT NULL,
  emulated INTEGER NOT NULL,
  recovered INTEGER NOT NULL,
  unseen INTEGER NOT NULL,
  PRIMARY KEY (interval, vm, vcpu)
) WITHOUT ROWID;
INSERT INTO books VALUES(1,1,-1,2,4000000000,5800,176800000,32000000,640000000,0,5800,5800,0,0,0);
INSERT INTO books VALUES(1,2,-1,2,4000000000,11600,353600000,64000000,1280000000,0,11600,11600,0,0,0);
CREATE TABLE ledger_rows (
  interval INTEGER NOT NULL REFERENCES intervals,
  vm INTEGER NOT NULL REFERENCES vms,
  vcpu INTEGER NOT NULL,
  reason INTEGER NOT NULL REFERENCES reasons,
  exits INTEGER NOT NULL,
  kvm_tsc INTEGER NOT NULL,
  vmm_tsc INTEGER NOT NULL,
  halt_tsc INTEGER NOT NULL,
  longest_tsc INTEGER NOT NULL,
  at_most INTEGER NOT NULL,
  histogram TEXT NOT NULL,
  PRIMARY KEY (interval, vm, vcpu, reason)
) WITHOUT ROWID;
INSERT INTO ledger_rows VALUES(1,1,-1,1,4000,160000000,0,0,40000,0,'{"8":4000}');
INSERT INTO ledger_rows VALUES(1,1,-1,2,400,8000000,32000000,0,100000,0,'{"9":400}');
INSERT INTO ledger_rows VALUES(1,1,-1,3,200,1600000,0,640000000,3208000,0,'{"14":200}');
INSERT INTO ledger_rows VALUES(1,1,-1,4,1200,7200000,0,0,6000,0,'{"5":1200}');
INSERT INTO ledger_rows VALUES(1,2,-1,1,8000,320000000,0,0,40000,0,'{"8":8000}');
INSERT INTO ledger_rows VALUES(1,2,-1,2,800,16000000,64000000,0,100000,0,'{"9":800}');
INSERT INTO ledger_rows VALUES(1,2,-1,3,400,3200000,0,1280000000,3208000,0,'{"14":400}');
INSERT INTO ledger_rows VALUES(1,2,-1,4,2400,14400000,0,0,6000,0,'{"5":2400}');
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  interval INTEGER,
  ns INTEGER NOT NULL,
  kind TEXT NOT NULL,
  vm INTEGER REFERENCES vms,
  text TEXT NOT NULL
);
INSERT INTO events VALUES(1,NULL,1795333040429494065,'start',NULL,'recording kmod (host)');
INSERT INTO events VALUES(2,1,1795333040713780604,'clock',NULL,'the host''s clock was set by -0.716 s, or the host slept');
INSERT INTO events VALUES(3,1,1795333040717715291,'stop',NULL,'the command ended with status 0');
CREATE INDEX intervals_end ON intervals (end_ns);
CREATE VIEW vm_intervals AS
  SELECT books.interval, intervals.start_ns, intervals.end_ns, books.vm, vms.name,
    vms.pid, books.vcpu, books.exits,
    books.kvm_tsc * 1e6 / hosts.tsc_khz AS kvm_ns,
    books.vmm_tsc * 1e6 / hosts.tsc_khz AS vmm_ns,
    books.halt_tsc * 1e6 / hosts.tsc_khz AS halt_ns,
    books.wall_tsc * 1e6 / hosts.tsc_khz AS wall_ns,
    (books.kvm_tsc + books.vmm_tsc) * 1.0 / nullif(books.wall_tsc, 0) AS toll,
    books.lost
  FROM books JOIN intervals ON intervals.id = books.interval
    JOIN vms ON vms.id = books.vm JOIN hosts ON hosts.id = intervals.host;
CREATE VIEW reason_intervals AS
  SELECT ledger_rows.interval, intervals.start_ns, intervals.end_ns, ledger_rows.vm,
    vms.name, vms.pid, ledger_rows.vcpu, reasons.name AS reason, reasons.code,
    reasons.kind, reasons.nested, ledger_rows.exits,
    ledger_rows.kvm_tsc * 1e6 / hosts.tsc_khz AS kvm_ns,
    ledger_rows.vmm_tsc * 1e6 / hosts.tsc_khz AS vmm_ns,
    ledger_rows.halt_tsc * 1e6 / hosts.tsc_khz AS halt_ns,
    ledger_rows.longest_tsc * 1e6 / hosts.tsc_khz AS longest_ns,
    ledger_rows.at_most, ledger_rows.histogram
  FROM ledger_rows JOIN intervals ON intervals.id = ledger_rows.interval
    JOIN vms ON vms.id = ledger_rows.vm JOIN hosts ON hosts.id = intervals.host
    JOIN reasons ON reasons.id = ledger_rows.reason;
COMMIT;
PRAGMA application_id = 1986884716;
PRAGMA user_version = 1;
