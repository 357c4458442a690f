import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import { spreadOf } from "./statistics.js";
import { TempFolder } from "./temp-folder.js";

/** Where a benchmark ran. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  readonly node: string;
  readonly fileSystem: string;
  /** Median time of appending 4 KB to a file and syncing it, in ms. */
  readonly syncMs: number;
  /** Load average of the last minute before the benchmark. */
  readonly loadBefore: number;
}

const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: "ext4",
  0x9123683e: "btrfs",
  0x58465342: "xfs",
  0x01021994: "tmpfs",
  0x794c7630: "overlayfs",
};
const SYNCS = 200;

/** Describes this machine. */
export function describeMachine(): Machine {
  const all = cpus();
  const { type: fileSystem } = statfsSync(tmpdir());
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    fileSystem: FILE_SYSTEMS[fileSystem] ?? `0x${fileSystem.toString(16)}`,
    loadBefore: loadavg()[0] as number,
    syncMs: measureSync(),
  };
}

/** The same in a sentence. */
export function machineText({ cpu, cores, memoryGB, system, node, fileSystem, syncMs }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGB} GB, ${system}, Node ${node}, ${fileSystem}, a sync takes ${syncMs.toFixed(2)} ms`;
}

function measureSync(): number {
  using folder = new TempFolder();
  const file = openSync(join(folder.path, "sync"), "w");
  const page = Buffer.alloc(4_096, 1);
  const times: number[] = [];
  for (let index = 0; index < SYNCS; index++) {
    const start = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    times.push(performance.now() - start);
  }
  closeSync(file);
  return spreadOf(times).median;
}
