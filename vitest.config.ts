// Three projects: `unit` needs little but Node; `soak` has the full enumerations; `lab` needs root and Debian packages (see test/lab/README.md) and runs three files at a time, each with a lab of its own.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**', 'test/end-to-end/**', '**/*.soak.test.ts'],
          testTimeout: 20_000,
          maxWorkers: '100%',
        },
      },
      {
        test: { name: 'soak', include: ['test/**/*.soak.test.ts'], testTimeout: 3_600_000 },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts', 'test/end-to-end/**/*.test.ts'],
          exclude: ['**/*.soak.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          maxWorkers: 3,
        },
      },
    ],
  },
})
