import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist', 'out', 'bundled', 'node_modules', 'e2e/node_modules', 'e2e/artefacts', 'e2e/out'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: ['tsconfig.json', 'webview/tsconfig.json', 'e2e/tsconfig.json'] } },
    rules: {
      'max-lines': ['error', 420],
      'max-lines-per-function': ['error', 60],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off', // `return done()` ends a case in one line
      '@typescript-eslint/no-empty-function': 'off', // interfaces ask for methods that have nothing to do here
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // VS Code's Disposable is an interface in all but name
      '@typescript-eslint/array-type': ['error', { default: 'array' }],
      '@typescript-eslint/prefer-nullish-coalescing': 'off', // an empty string is often as good as none
    },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: { process: 'readonly', console: 'readonly', setTimeout: 'readonly', fetch: 'readonly', document: 'readonly', window: 'readonly', URL: 'readonly', performance: 'readonly', requestAnimationFrame: 'readonly', NodeFilter: 'readonly', MessageEvent: 'readonly', clearTimeout: 'readonly' } } },
);
