"""The OpenGL programs for vertices and pixels.

Positions are in the space of the model, lighting in the axes of the camera; colours are sRGB on the way in and out and
linear between.
"""

KINDS = ("SKIN", "EYEBALL", "TEETH", "MOUTH", "HAIR", "CLOTH", "DUMMY")
"""The materials of a face model in their order, then those of props."""
CREASED_SKIN = "CREASED_SKIN"
"""The skin with wrinkles."""

SOLID_VERTEX = """#version 330
in vec3 position;
in vec3 normal;
in vec3 rest;
in float openness;          // to the light of the room
uniform mat3 rotation;
uniform vec3 translation;
uniform mat4 projection;
uniform mat4 lamp;          // view space to the shadow map
uniform float layer;        // thickness of hair or cap above the skin, mm
uniform vec4 hairline;      // y = x * z + y: height, slope, nape; softness
uniform vec4 opening;       // of a headscarf: middle y, half width, half height, mm; 1 with a headscarf
out vec3 v_normal;
out vec3 v_rest;
out vec3 v_eye;
out vec3 v_lamp;
out float v_open;
out float v_hair;

float above_hairline(vec3 p) {
    float front = p.y - hairline.x - hairline.y * p.z;
    float back = min(-p.z - 30.0, p.y - hairline.z);
    float d = max(front, back);
    return d - max(0.0, abs(p.x) - 62.0) * max(0.0, hairline.x + 14.0 - p.y) * 0.06;
}

float outside_opening(vec3 p) {
    vec2 e = vec2(p.x / opening.y, (p.y - opening.x) / opening.z);
    return max((length(e) - 1.0) * opening.y, -p.z);
}

void main() {
    v_hair = opening.w > 0.5 && layer > 0.0 ? outside_opening(rest) : above_hairline(rest);
    vec3 p = position + normal * layer * smoothstep(-2.0, 22.0, v_hair);
    vec3 seen = rotation * p + translation;
    v_normal = rotation * normal;
    v_rest = rest;
    v_eye = seen;
    v_open = openness;
    v_lamp = (lamp * vec4(seen, 1.0)).xyz * 0.5 + 0.5;
    gl_Position = projection * vec4(seen, 1.0);
}
"""

_SOLID_FRAGMENT = """
#version 330
#define KIND %s
in vec3 v_normal;
in vec3 v_rest;
in vec3 v_eye;
in vec3 v_lamp;
in float v_open;
in float v_hair;
uniform sampler2D painting;
uniform sampler2DShadow shadow;
uniform float shadows;      // 0 without
uniform vec4 box;           // left, bottom, right, top of the painting, mm
uniform vec3 key_direction; // towards the lamp
uniform vec3 key_light;
uniform vec3 room_light;
uniform vec3 iris;
uniform vec3 skin;
uniform vec3 hair;
uniform vec3 cloth;
uniform float layer;        // 0: loose hair, not bounded by the hairline
uniform float knitted;      // 1 for a cap
uniform vec4 opening;       // of a headscarf
#ifdef CREASED
uniform mat3 rotation;
uniform sampler2D creases;  // slope to the right, slope up, light lost
uniform vec4 crease_box;
#endif
out vec4 colour;

vec3 linear(vec3 c) { return pow(c, vec3(2.2)); }

float hash(vec2 p) { p = fract(p * vec2(0.1031, 0.1137)); p += dot(p, p.yx + 33.33); return fract((p.x + p.y) * p.x); }

float noise(vec2 p) {
    vec2 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y);
}

void main() {
    vec3 n = normalize(v_normal);
    vec3 view = normalize(-v_eye);
    vec3 wrap = vec3(0.0);
    float gloss = 0.0, shine = 16.0, open = v_open;
#if KIND == HAIR
    float around = atan(v_rest.x, v_rest.z + 10.0);
    float ragged = 5.0 * (noise(v_rest.xy * vec2(1.6, 0.25) + v_rest.z * 0.31 + 200.0) - 0.5) * (1.0 - knitted);
    ragged *= 1.0 - opening.w;
    if (layer > 0.0 && v_hair + ragged < 2.0) discard;
#endif
    if (dot(n, view) < 0.0 && !gl_FrontFacing) n = -n;
#if KIND == SKIN
    vec2 at = (v_rest.xy - box.xy) / (box.zw - box.xy);
    vec3 albedo = texture(painting, vec2(at.x, 1.0 - at.y)).rgb;
    wrap = vec3(0.42, 0.26, 0.19); gloss = 0.085; shine = 13.0;
#ifdef CREASED
    vec2 place = (v_rest.xy - crease_box.xy) / (crease_box.zw - crease_box.xy);
    vec3 crease = texture(creases, vec2(place.x, 1.0 - place.y)).xyz;
    float front = max(dot(n, rotation * vec3(0.0, 0.0, 1.0)), 0.0);
    n = normalize(n - front * (rotation * vec3(crease.xy, 0.0)));
    open *= 1.0 - crease.z * smoothstep(0.0, 0.4, front);
#endif
#elif KIND == DUMMY
    vec3 albedo = skin;
    wrap = vec3(0.42, 0.26, 0.19); gloss = 0.085; shine = 13.0;
#elif KIND == EYEBALL
    vec3 d = normalize(v_rest);
    float off = d.z > 0.0 ? length(d.xy) : 1.0;
    vec3 white = vec3(0.84, 0.81, 0.79) - 0.12 * vec3(0.2, 1.0, 1.0) * smoothstep(0.55, 0.9, off);
    float ring = smoothstep(0.20, 0.44, off);
    vec3 inner = iris * (1.30 - 0.75 * ring) * (0.9 + 0.2 * noise(vec2(atan(d.y, d.x) * 9.0, off * 4.0) + 100.0));
    vec3 albedo = mix(inner, white, smoothstep(0.41, 0.47, off));
    albedo = mix(vec3(0.02), albedo, smoothstep(0.15, 0.19, off));
    gloss = 0.9; shine = 260.0; wrap = vec3(0.3); open *= 0.90;
#elif KIND == TEETH
    vec3 albedo = vec3(0.84, 0.80, 0.72);
    gloss = 0.12; shine = 40.0; wrap = vec3(0.3);
    open *= 0.80 * (1.0 - 0.92 * smoothstep(10.0, 23.0, abs(v_rest.x)));
#elif KIND == MOUTH
    vec3 albedo = vec3(0.42, 0.17, 0.16);
    open *= 0.28; gloss = 0.05;
#elif KIND == HAIR
    float strand = noise(vec2(around * 95.0, v_rest.y * 0.05) + 400.0);
    float lock = noise(vec2(around * 14.0, v_rest.y * 0.03) + 300.0);
    vec3 albedo = hair * mix(0.55 + 0.45 * strand + 0.35 * lock, 0.92 + 0.12 * sin(around * 60.0), knitted);
    if (opening.w > 0.5) albedo = hair * (0.82 + 0.30 * noise(v_rest.xy * vec2(0.05, 0.12) + v_rest.z * 0.06 + 500.0));
    gloss = 0.18 * (1.0 - knitted) * (1.0 - opening.w); shine = 12.0; wrap = vec3(0.2 * knitted);
    open *= layer > 0.0 ? mix(0.55, 1.0, smoothstep(0.0, 16.0, v_hair)) : 0.75;
#else
    vec3 albedo = cloth * (0.92 + 0.12 * noise(v_rest.xy * 1.7 + 700.0));
    wrap = vec3(0.15);
#endif
    float facing = dot(n, key_direction);
    float unshadowed = 1.0;
    if (shadows > 0.0) {
        float bias = 0.004 + 0.006 * (1.0 - max(facing, 0.0));
        float sum = 0.0;
        for (int i = -1; i <= 1; i += 2)
            for (int j = -1; j <= 1; j += 2)
                sum += texture(shadow, vec3(v_lamp.xy + vec2(i, j) * 0.9 / 1024.0, v_lamp.z - bias));
        unshadowed = mix(1.0, sum / 4.0, shadows * smoothstep(-0.1, 0.25, facing));
    }
    vec3 diffuse = clamp((vec3(facing) + wrap) / (1.0 + wrap), 0.0, 1.0);
    diffuse *= mix(vec3(0.16, 0.08, 0.06) * step(0.1, wrap.x), vec3(1.0), unshadowed);
    vec3 lit = linear(albedo) * (key_light * diffuse * sqrt(open) + room_light * (0.72 + 0.28 * n.y) * open);
    float fresnel = 0.25 + 0.75 * pow(1.0 - max(dot(n, view), 0.0), 3.0);
    float mirrored = pow(max(dot(n, normalize(key_direction + view)), 0.0), shine);
    lit += gloss * fresnel * mirrored * key_light * open * unshadowed;
    colour = vec4(pow(clamp(lit, 0.0, 1.0), vec3(1.0 / 2.2)), 1.0);
}
"""


def solid_fragment(kind: str) -> str:
    """Return the pixel program of one of `KINDS`, or of `CREASED_SKIN`.

    Each kind has its own program, since software renderers run every branch.
    """
    if kind == CREASED_SKIN:
        return solid_fragment("SKIN").replace("#define KIND", "#define CREASED\n#define KIND", 1)
    names = "\n".join(f"#define {name} {number}" for number, name in enumerate(KINDS))
    return _SOLID_FRAGMENT.replace("#define KIND %s", f"{names}\n#define KIND {kind}").lstrip()


SHADOW_FRAGMENT = """#version 330
in float v_hair;
uniform float layer;
void main() { if (layer > 0.0 && v_hair < 2.0) discard; }
"""

WALL_VERTEX = """#version 330
in vec2 corner;
out vec2 at;
void main() { at = vec2(corner.x * 0.5 + 0.5, 0.5 - corner.y * 0.5); gl_Position = vec4(corner, 0.99999, 1.0); }
"""

WALL_FRAGMENT = """#version 330
in vec2 at;
uniform sampler2D wall;
uniform vec3 light;
out vec4 colour;
void main() { colour = vec4(clamp(texture(wall, at).rgb * light, 0.0, 1.0), 1.0); }
"""
