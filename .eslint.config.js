import js from '@eslint/js'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'var/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: ['./test/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-control-regex': 'off',
    },
  },
  {
    // Only accept/ knows smtp-server (DESIGN.md, invariant 10).
    files: ['src/**/*.ts'],
    ignores: ['src/accept/**'],
    rules: { 'no-restricted-imports': ['error', { paths: ['smtp-server'], patterns: ['smtp-server/*'] }] },
  },
  {
    // Decisions are pure: no I/O, nothing from node: (DESIGN.md, invariant 10).
    files: [
      'src/decide/decide.ts',
      'src/decide/steps/*.ts',
      'src/settle/*.ts',
      'src/deliver/conversation.ts',
      'src/deliver/groups.ts',
      'src/reply.ts',
      'src/address.ts',
    ],
    rules: { 'no-restricted-imports': ['error', { patterns: ['node:*', 'smtp-server*'] }] },
  },
  {
    // node:test's describe and it return promises that the runner itself awaits.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['it', 'describe', 'test', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
)
