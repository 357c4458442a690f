/** For `expect.poll`: as long as a busy machine may take to start a process. */
export const PATIENCE = { timeout: 25_000 } as const;
