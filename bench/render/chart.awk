# SPDX-License-Identifier: GPL-2.0
# Draw a bar chart on a logarithmic scale as SVG. Each input line is a label and a number,
# separated by a tab. Set the variables `title` and `subtitle` with -v.
BEGIN { FS = "\t" }
{ label[NR] = $1; value[NR] = $2 }

# Return the horizontal position of a value in pixels. Values below 1 are drawn as 1.
function x(v) { return left + (v <= 1 ? 0 : log(v) / log(10) * decade) }

END {
	left = 190; decade = 125; row = 26; top = 62
	width = left + 4 * decade + 70; height = top + NR * row + 30
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">\n", width, height
	printf "<title>%s</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n", title
	printf "<text x=\"12\" y=\"24\" font-size=\"15\" font-weight=\"bold\">%s</text>\n", title
	printf "<text x=\"12\" y=\"44\" fill=\"#555\">%s</text>\n", subtitle
	for (d = 0; d <= 4; d++) {
		printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#ddd\"/>\n", x(10 ^ d), x(10 ^ d), top - 6, height - 24
		printf "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">%d</text>\n", x(10 ^ d), height - 8, 10 ^ d
	}
	for (i = 1; i <= NR; i++) {
		y = top + (i - 1) * row
		printf "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", left - 8, y + 14, label[i]
		printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"%s\"/>\n", left, y, x(value[i]) - left, label[i] ~ /^vmtoll/ ? "#1b7f4b" : "#8a94a6"
		printf "<text x=\"%.1f\" y=\"%d\">%d</text>\n", x(value[i]) + 6, y + 14, value[i] + 0.5
	}
	print "</svg>"
}
