import type { Cluster } from "./cluster";
import { SOCKET_PORT, socketFolder } from "./socket";

/** PostgreSQL's settings, rewritten at every start so that a newer release of the site brings its own along. */
export function settingsOf(cluster: Cluster): string {
  const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
  const listen: Record<string, string> =
    cluster.tcpPort === undefined
      ? {
          listen_addresses: "''",
          port: `${SOCKET_PORT}`,
          unix_socket_directories: quote(socketFolder(cluster)),
        }
      : { listen_addresses: "'127.0.0.1'", port: `${cluster.tcpPort}`, unix_socket_directories: "''" };
  const settings: Record<string, string> = {
    ...listen,
    unix_socket_permissions: "0700",
    password_encryption: "'scram-sha-256'",
    max_connections: cluster.isScratch ? "120" : "40",
    // One site's worth of memory and processes.
    shared_buffers: "'16MB'",
    huge_pages: "off",
    io_method: "sync", // no I/O worker processes
    jit: "off",
    max_worker_processes: "0",
    max_parallel_workers: "0",
    max_parallel_workers_per_gather: "0",
    max_logical_replication_workers: "0",
    autovacuum_worker_slots: "2",
    autovacuum_max_workers: "1",
    wal_level: "minimal",
    max_wal_senders: "0",
    min_wal_size: "'32MB'",
    max_wal_size: "'256MB'",
    timezone: "'UTC'",
    log_timezone: "'UTC'",
    lc_messages: "'C'",
    datestyle: "'iso, mdy'",
    // A log must hold no statement and no value: they carry people's data.
    log_min_error_statement: "panic",
    log_parameter_max_length: "0",
    log_parameter_max_length_on_error: "0",
    log_checkpoints: "off",
    log_error_verbosity: "terse",
  };
  if (cluster.isScratch)
    // What was committed is with the system when a test halts the server: only a power cut could lose it.
    Object.assign(settings, { fsync: "off", full_page_writes: "off" });
  return `${Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join("\n")}\n`;
}
