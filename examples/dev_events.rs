use whyunsent::event::*;
fn main(){
 let a:Vec<std::path::PathBuf>=std::env::args().skip(2).filter(|x|!x.starts_with("--")&&x!="ndjson"&&x!="off").filter(|x| !x.ends_with('s')||x.contains('/')).map(Into::into).collect();
 let d=std::env::args().last().unwrap(); let d=d.trim_end_matches('s').parse::<i64>().unwrap_or(5)*1000;
 let s=whyunsent::settings::Settings{redact:false,delayed_after_ms:d,..Default::default()};
 let p=match whyunsent::profile::Profiles::load(std::env::var_os("WP").map(std::path::PathBuf::from).as_deref()){Ok(p)=>p,Err(e)=>{for e in e{eprintln!("{e}")} std::process::exit(9)}};
 for e in p.check_examples(){eprintln!("{e}")}
 for e in whyunsent::check_cases(&p){eprintln!("{e}")}
 let r=whyunsent::analyze(&a,&s,&p,&whyunsent::redact::Key,&whyunsent::Silent,&mut |rows|{
  for r in rows{ if r.kind==whyunsent::taxonomy::Kind::Upload {continue;}
   let mut m=serde_json::Map::new();
   for (c,v) in COLUMNS.iter().zip(r.cells()){ let j=match v{Value::Null=>serde_json::Value::Null,Value::Str(s)=>s.into(),Value::Int(i)=>i.into(),Value::Bool(b)=>b.into(),Value::Timestamp(t)=>t.into(),Value::StrList(l)=>l.to_vec().into(),Value::Evidence(e)=>e.iter().map(|e|serde_json::json!({"file":e.file,"line":e.line,"offset":e.offset,"text":e.text,"role":e.role.map(|r|r.as_str())})).collect(),Value::Steps(s)=>s.iter().map(|s|serde_json::json!({"phase":s.phase.as_str(),"at":s.at,"line":s.line})).collect()}; m.insert(c.name.into(),j);}
   println!("{}",serde_json::Value::Object(m)); }
  Ok(())}).unwrap();
 for p in r.problems {eprintln!("{p:?}")}
}
