//! A document read into elements, item by item: memory follows the largest item, not the feed. Whatever is not
//! well-formed XML, or passes the limits on hostile documents (reliability: depth 64, 256 attributes, tags of 64 KiB,
//! texts of 1 MiB, no document type), ends the walk with a finding.

use quick_xml::{
    XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesDecl, BytesRef, BytesStart, Event},
    name::{NamespaceResolver, PrefixDeclaration, QName, ResolveResult},
    reader::NsReader,
};

use super::{
    encoding::is_allowed,
    finding::{Found, Objector, Rule, short},
    node::{Attribute, Node, Space},
};

const DEPTH: usize = 64;
const ATTRIBUTES: usize = 256;
const TAG_BYTES: usize = 64 * 1024;
const TEXT_BYTES: usize = 1024 * 1024;
/// Elements and attributes of one item, or of the channel around the items.
const PARTS: usize = 100_000;

const NOT_WELL_FORMED: Rule = Rule::error(
    "not_well_formed",
    Objector::Xml,
    "mend the XML; nothing behind this place was looked at",
);
const DECLARATION_MISPLACED: Rule = Rule::error(
    "declaration_misplaced",
    Objector::Xml,
    "let it be the very first thing of the document, before any blank",
);
const XML_VERSION: Rule = Rule::error(
    "xml_version",
    Objector::Both,
    "write `<?xml version=\"1.0\" encoding=\"UTF-8\"?>`",
);
const DOCTYPE: Rule = Rule::error(
    "doctype",
    Objector::Both,
    "leave it out; importers refuse it, and nothing behind it was looked at",
);
const ENTITY_UNDEFINED: Rule = Rule::error(
    "entity_undefined",
    Objector::Xml,
    "write the character itself, or its number",
);
const PREFIX_UNDECLARED: Rule = Rule::error(
    "prefix_undeclared",
    Objector::Xml,
    "declare its namespace in the `rss` element",
);
const LIMIT: Rule = Rule::error(
    "limit",
    Objector::Mcnd,
    "no feed needs that; nothing behind this place was looked at",
);

/// Why a walk ends early.
struct Stop(&'static Rule, String);

type Step<T = ()> = Result<T, Stop>;

fn ill(what: impl Into<String>) -> Stop {
    Stop(&NOT_WELL_FORMED, what.into())
}

fn limit(what: impl Into<String>) -> Stop {
    Stop(&LIMIT, what.into())
}

/// Reads a whole document. Each item is given to `item` when it ends, and only the place of the first one stays in the
/// root that is returned; none when the document is not well-formed.
pub(super) fn walk(
    text: &str,
    found: &mut Found,
    mut item: impl FnMut(&Node, &mut Found),
) -> Option<Node> {
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().enable_all_checks(true);
    let mut lines = Lines::of(text);
    let mut tree = Tree::default();
    loop {
        let start = reader.buffer_position();
        tree.line = lines.at(start);
        let event = reader.read_event();
        let step = match event {
            Err(error) => {
                tree.line = lines.at(reader.error_position());
                Err(ill(error.to_string()))
            }
            Ok(Event::Eof) => tree.end().map(|()| true),
            Ok(Event::Decl(declaration)) => {
                tree.declaration(&declaration, start, found);
                Ok(false)
            }
            Ok(event) => tree
                .take(event, reader.resolver(), found, &mut item)
                .map(|()| false),
        };
        match step {
            Ok(false) => {}
            Ok(true) => return tree.root,
            Err(Stop(rule, what)) => {
                found.on_line(tree.line, rule, what);
                return None;
            }
        }
    }
}

/// Counts lines along with the reader.
struct Lines<'t> {
    text: &'t [u8],
    counted: usize,
    line: usize,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            text: text.as_bytes(),
            counted: 0,
            line: 1,
        }
    }

    /// The line of this offset; a reader that looks back gets the line it has come to.
    fn at(&mut self, offset: u64) -> usize {
        let offset = usize::try_from(offset).map_or(self.text.len(), |at| at.min(self.text.len()));
        if offset > self.counted {
            let passed = &self.text[self.counted..offset];
            self.line += passed.split(|byte| *byte == b'\n').count() - 1;
            self.counted = offset;
        }
        self.line
    }
}

/// The elements that are open, and what was closed.
#[derive(Default)]
struct Tree {
    open: Vec<Node>,
    root: Option<Node>,
    /// Elements and attributes that are held.
    parts: usize,
    /// Where the reader stands.
    line: usize,
}

impl Tree {
    fn take(
        &mut self,
        event: Event<'_>,
        names: &NamespaceResolver,
        found: &mut Found,
        item: &mut impl FnMut(&Node, &mut Found),
    ) -> Step {
        match event {
            Event::Start(tag) => self.open(&tag, names, found),
            Event::End(_) => {
                self.close(found, item);
                Ok(())
            }
            Event::Text(text) if text.contains("]]>") => Err(ill("`]]>` stands in a text")),
            Event::Text(text) => self.add(&text.xml10_content(), false),
            Event::CData(_) if self.open.is_empty() => Err(ill("text stands outside the root")),
            Event::CData(text) => self.add(&text.xml10_content(), false),
            Event::GeneralRef(reference) => self.reference(&reference, found),
            Event::DocType(_) => Err(Stop(&DOCTYPE, "a document type is declared".to_owned())),
            _ => Ok(()),
        }
    }

    fn declaration(&mut self, declaration: &BytesDecl<'_>, start: u64, found: &mut Found) {
        if start > 0 {
            let what = "something stands before the XML declaration";
            found.on_line(self.line, &DECLARATION_MISPLACED, what);
        }
        let version = declaration.version().unwrap_or_default();
        if version != "1.0" {
            let what = format!("the version of XML is `{}`", short(&version));
            found.on_line(self.line, &XML_VERSION, what);
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, names: &NamespaceResolver, found: &mut Found) -> Step {
        if self.open.len() == DEPTH {
            return Err(limit(format!("elements stand more than {DEPTH} deep")));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(ill("there is a second root element"));
        }
        if tag.len() > TAG_BYTES {
            return Err(limit(format!("a tag has more than {TAG_BYTES} bytes")));
        }
        let name = tag.name();
        check_name(name)?;
        let (space, local) = names.resolve_element(name);
        let mut node = Node {
            space: self.space(&space, found),
            name: local.as_ref().to_owned(),
            shown: name.as_ref().to_owned(),
            line: self.line,
            attributes: Vec::new(),
            declares: Vec::new(),
            children: Vec::new(),
            text: String::new(),
            careful: false,
        };
        self.attributes(&mut node, tag, names, found)?;
        self.parts += node.parts();
        if self.parts > PARTS {
            return Err(limit(format!(
                "an item or the channel has more than {PARTS} parts"
            )));
        }
        self.open.push(node);
        Ok(())
    }

    fn attributes(
        &self,
        node: &mut Node,
        tag: &BytesStart<'_>,
        names: &NamespaceResolver,
        found: &mut Found,
    ) -> Step {
        for (count, attribute) in tag.attributes().enumerate() {
            if count == ATTRIBUTES {
                return Err(limit(format!(
                    "a tag has more than {ATTRIBUTES} attributes"
                )));
            }
            let attribute = attribute.map_err(|error| ill(error.to_string()))?;
            check_name(attribute.key)?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| ill(error.to_string()))?;
            if attribute.value.contains('<') || !value.chars().all(is_allowed) {
                let name = short(attribute.key.as_ref());
                return Err(ill(format!("the value of `{name}` holds what XML forbids")));
            }
            match attribute.key.as_namespace_binding() {
                Some(PrefixDeclaration::Default) => {
                    node.declares.push((String::new(), value.into_owned()));
                }
                Some(PrefixDeclaration::Named(prefix)) => {
                    node.declares.push((prefix.to_owned(), value.into_owned()));
                }
                None => {
                    let (space, local) = names.resolve_attribute(attribute.key);
                    node.attributes.push(Attribute {
                        space: self.space(&space, found),
                        name: local.as_ref().to_owned(),
                        value: value.into_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    fn space(&self, space: &ResolveResult<'_>, found: &mut Found) -> Space {
        match space {
            ResolveResult::Unbound => Space::Rss,
            ResolveResult::Bound(address) => Space::of(address.as_ref()),
            ResolveResult::Unknown(prefix) => {
                let what = format!("the prefix `{}` is not declared", short(prefix));
                found.on_line(self.line, &PREFIX_UNDECLARED, what);
                Space::Other
            }
        }
    }

    /// The reader has checked that the end fits the start.
    fn close(&mut self, found: &mut Found, item: &mut impl FnMut(&Node, &mut Found)) {
        let Some(node) = self.open.pop() else { return };
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        if node.is(Space::Rss, "item") && parent.is(Space::Rss, "channel") {
            item(&node, found);
            node.each(&mut |node| self.parts -= node.parts());
            if parent.first(Space::Rss, "item").is_none() {
                parent.children.push(node.emptied());
            }
        } else {
            parent.children.push(node);
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>, found: &mut Found) -> Step {
        let hexadecimal = reference.starts_with("#x");
        let character = reference
            .resolve_char_ref()
            .map_err(|error| ill(error.to_string()))?;
        match character {
            Some(character) if is_allowed(character) => {
                self.add(character.encode_utf8(&mut [0; 4]), hexadecimal)
            }
            Some(character) => {
                let number = u32::from(character);
                Err(ill(format!("a reference to the forbidden U+{number:04X}")))
            }
            None => {
                let Some(text) = resolve_xml_entity(reference) else {
                    let name = short(reference);
                    let what = format!("the entity `&{name};` is not defined");
                    found.on_line(self.line, &ENTITY_UNDEFINED, what);
                    return Ok(());
                };
                self.add(text, false)
            }
        }
    }

    fn add(&mut self, text: &str, hexadecimal: bool) -> Step {
        let blank = text.trim_matches([' ', '\t', '\r', '\n']).is_empty();
        let Some(node) = self.open.last_mut() else {
            let inside = blank && !hexadecimal;
            return if inside {
                Ok(())
            } else {
                Err(ill("text stands outside the root element"))
            };
        };
        if blank && !node.children.is_empty() {
            return Ok(());
        }
        if node.text.len() + text.len() > TEXT_BYTES {
            return Err(limit(format!("a text has more than {TEXT_BYTES} bytes")));
        }
        node.text.push_str(text);
        node.careful |= hexadecimal;
        Ok(())
    }

    fn end(&self) -> Step {
        if let Some(node) = self.open.last() {
            let (name, line) = (short(&node.shown), node.line);
            return Err(ill(format!("`{name}` of line {line} is not closed")));
        }
        if self.root.is_none() {
            return Err(ill("there is no root element"));
        }
        Ok(())
    }
}

/// Whether this is a name with at most one prefix. The letters are wider than XML's own table, which no reader keeps.
fn check_name(name: QName<'_>) -> Step {
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || "-._\u{b7}".contains(letter))
    };
    let text = name.as_ref();
    let sound = match text.split_once(':') {
        None => part(text),
        Some((prefix, local)) => part(prefix) && part(local),
    };
    if sound {
        Ok(())
    } else {
        Err(ill(format!("`{}` is no name", short(text))))
    }
}
