// SPDX-License-Identifier: GPL-2.0
// The style of the page's scripts and of their tests. script/lint copies this file to the
// directory of the libraries and runs eslint in that directory.
import js from "@eslint/js";
import globals from "globals";

export default [
	js.configs.recommended,
	{
		rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error", "no-shadow": "error", complexity: ["error", 16],
			"max-lines-per-function": ["error", 60],
		},
	},
	{ files: ["**/*.js"], ignores: ["**/*.config.js"], languageOptions: { globals: globals.browser } },
	{ files: ["**/*.mjs"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
