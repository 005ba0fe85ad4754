// SPDX-License-Identifier: GPL-2.0
// Create elements of a page.

// Create an element. Text is never interpreted as markup.
export function element(tag, attributes = {}, ...children) {
	const made = document.createElement(tag);
	for (const [key, value] of Object.entries(attributes))
		made.setAttribute(key, value);
	made.append(...children);
	return made;
}

// Present a chart to screen readers as a single labeled image. This is sufficient, because the
// tables contain the same figures. Remove the labels that Plot adds to groups without a role.
export function asPicture([chart, label]) {
	const svg = chart.matches("svg") ? chart : chart.querySelector(":scope > svg");
	for (const part of chart.querySelectorAll("[aria-label]"))
		part.removeAttribute("aria-label");
	for (const part of chart.querySelectorAll("svg"))
		part.setAttribute("aria-hidden", "true");
	if (!svg)
		return chart;
	svg.removeAttribute("aria-hidden");
	svg.setAttribute("role", "img");
	svg.setAttribute("aria-label", label);
	return chart;
}

export function figure(id, text) {
	return element("figure", {}, element("figcaption", { class: "soft" }, text), element("div", { id }));
}

export function section(id, title, ...children) {
	return element("section", { "aria-labelledby": `${id}-title` }, element("h2", { id: `${id}-title` }, title), ...children);
}

export function choice(id, text, options) {
	return element("span", {}, element("label", { for: id }, `${text} `),
		element("select", { id }, ...options.map(([value, shown]) => element("option", { value }, shown))));
}

export function keyFigure(value, text) {
	return element("li", {}, element("strong", {}, value), text);
}
